"""Shares in the insurance fund."""
