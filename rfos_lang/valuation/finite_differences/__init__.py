"""Values by backward induction on a grid of one price."""
