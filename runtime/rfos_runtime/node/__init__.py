"""The loop that joins journal and kernel: order, append, apply."""
