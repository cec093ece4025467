"""Contracts that are worth, seen from an earlier date, a closed form in the price of that date."""
