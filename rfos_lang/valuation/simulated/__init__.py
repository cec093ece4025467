"""Values and Greeks by simulation: blocks of paths, control variates, smoothing."""
