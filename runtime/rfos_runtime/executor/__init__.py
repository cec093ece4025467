"""Who runs contract code for the kernel."""
