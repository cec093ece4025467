"""The compiler of rfos, a language for financial contracts."""
