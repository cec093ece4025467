"""A session that explores contracts: a pure value, and the terminal that reads and prints."""
