"""The log of command batches: hash-chained records that survive a crash."""
