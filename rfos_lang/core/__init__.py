"""The core of the language, its lowering, and its meaning."""
