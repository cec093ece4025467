"""The kernel in arrays and machine code: the same as the reference, for millions of commands."""
