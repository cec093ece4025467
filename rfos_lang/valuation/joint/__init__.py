"""Payoffs of many prices whose logarithms are jointly normal: several dates, several assets."""
