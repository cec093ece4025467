"""What every phase stands on: places, errors, units, time, and canonical bytes."""
