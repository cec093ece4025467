"""What a trade costs each side."""
