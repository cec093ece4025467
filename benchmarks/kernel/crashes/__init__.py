"""Crash hours replayed through the kernel, with thousands of accounts."""
