"""Feeds of the fast kernel: reports, observations, fixings."""
