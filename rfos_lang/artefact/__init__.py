"""One content-addressed WebAssembly module for each contract definition."""
