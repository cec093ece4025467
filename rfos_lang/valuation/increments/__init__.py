"""Payments by sums or products of what happens between dates: cliquets and their like."""
