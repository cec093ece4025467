"""Names, types and units, causality: what a tree means and whether it may."""
