"""Who holds how many lots of an instrument, and what it has posted for them."""
