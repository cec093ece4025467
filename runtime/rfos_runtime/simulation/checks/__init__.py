"""What must hold after every block and between blocks, each by the number of its invariant."""
