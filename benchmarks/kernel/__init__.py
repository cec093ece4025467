"""What the kernel does in a second, beside a database that people would use instead."""
