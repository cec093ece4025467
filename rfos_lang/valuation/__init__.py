"""What a contract is worth under a model, and how that moves."""
