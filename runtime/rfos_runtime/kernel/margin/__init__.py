"""What positions must hold: requirement, equity, breach."""
