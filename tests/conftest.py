"""How generated examples are drawn: the same ones each time, unless new ones are asked for.

`pytest --hypothesis-profile=explore` draws new ones, and more of them. No example has a time limit:
machines differ, and a slow example is no wrong one.
"""

from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("repeatable")
