"""Worlds made from a seed, in which everything goes wrong that can, and what must hold in them."""
