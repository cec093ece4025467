"""Backward from date to date, each an integral over the price of the next."""
