"""Accounts, assets, balances: double entry on arrays."""
