"""Positions that are margined together, under a policy that their account has elected."""
