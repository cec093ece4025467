"""Proofs that what a ledger owes is what it has taken in, one for each account."""
