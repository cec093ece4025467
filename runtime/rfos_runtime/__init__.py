"""The kernel: settlement, margin and liquidation, with no sight of source text."""
