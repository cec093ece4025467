"""Contracts that depend on whether somebody fails: an event that may come on any day."""
