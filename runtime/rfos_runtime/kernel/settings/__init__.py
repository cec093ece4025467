"""What may be set for each asset: what holds, and what is proposed."""
