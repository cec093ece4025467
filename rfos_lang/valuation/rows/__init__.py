"""Formulas for many rows at once, as machine code."""
