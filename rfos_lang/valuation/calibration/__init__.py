"""Models fitted to the prices of listed options."""
