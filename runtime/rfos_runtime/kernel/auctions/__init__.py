"""Liquidation: which positions are under auction, and who bids."""
