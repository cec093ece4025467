"""What every kernel shares: commands, result codes, events, and how they lie in bytes."""
