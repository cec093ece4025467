"""What a contract can do at worst."""
