"""The phases joined: from source text to everything a wrapper asks for."""
