"""How generated examples are drawn: the same ones each time, unless new ones are asked for.

`pytest --hypothesis-profile=explore` draws new ones, and more of them. No example has a time limit,
nor has the drawing of one: machines differ, and a slow example is no wrong one.
"""

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]

settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=SLOW)
settings.load_profile("repeatable")
