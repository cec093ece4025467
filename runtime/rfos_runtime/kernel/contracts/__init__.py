"""Definitions and instruments: how they come to be, what happens to them, what they owe."""
