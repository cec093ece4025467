"""A contract as a program over price paths: what every Monte Carlo engine prints."""
