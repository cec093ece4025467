"""How prices move other than lognormally: jumps, Heston's variance, a smile."""
