"""Closed forms: payoffs split at their cut points, lognormal expectations, single barriers."""
