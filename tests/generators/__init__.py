"""Generators of contracts, markets and events, shared by all properties."""
