"""Laws of valuation for every contract of the library, driven by the library itself."""
