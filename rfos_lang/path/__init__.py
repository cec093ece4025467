"""The path program: between the core and what simulates."""
