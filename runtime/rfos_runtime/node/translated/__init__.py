"""The fast kernel in the words of the reference."""
