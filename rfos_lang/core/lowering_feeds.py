"""What is read of a feed: its newest value, or the value of a date and what stands for it."""

from collections.abc import Callable
from dataclasses import replace

from rfos_lang.base.feed import Aspect
from rfos_lang.core import program as core
from rfos_lang.core.draft import Draft, Scope, feed_slot
from rfos_lang.core.simplification import select
from rfos_lang.semantics.definition import Expression, Observe, Plain

Lower = Callable[[Draft, Expression, Scope], core.Expression]


def observation(draft: Draft, observed: Observe, scope: Scope, lower: Lower) -> core.Expression:
    """The value of a feed at the present instant.

    Of a published feed (an index, a declared one with patience, a `fixing`) `at` and `on` want the
    value of that very date; if it has not come when the patience is over, the fallback stands for
    it. Raises Unknown for a fixing without a date.
    """
    if not (scope.dated and is_published(observed)):
        if observed.aspect is Aspect.FIXING:
            raise draft.refuse("E0440", observed.span, feed=observed.feed)
        return core.Feed(feed_slot(draft, observed, scope.elements))
    published = replace(observed, aspect=Aspect.FIXING, fallback=None)
    value = core.Feed(feed_slot(draft, published, scope.elements))
    if observed.fallback is None:
        return value
    lapsed = replace(published, aspect=Aspect.LAPSED, type=Plain.TRUTH)
    late = core.Feed(feed_slot(draft, lapsed, scope.elements))
    return select(late, lower(draft, observed.fallback, replace(scope, sampling=None)), value)


def is_published(observed: Observe) -> bool:
    """Whether a feed has a value for each date, which may come later."""
    if observed.aspect is Aspect.NEWEST:
        return observed.feed == "index" or observed.rules.patience is not None
    return observed.aspect is Aspect.FIXING
