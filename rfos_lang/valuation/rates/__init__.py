"""Contracts on interest rates: projected payments discounted, and rates that move by one factor."""
