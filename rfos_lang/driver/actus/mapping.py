"""The mapper: a term dictionary of any contract type that the library has."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rfos_lang.driver.actus import ann, clm, lam, nam, pam, swppv
from rfos_lang.driver.actus.mapped import Events, Mapped, observed
from rfos_lang.driver.actus.terms import Terms, Unmapped, read

CONTRACT_TYPES: Mapping[str, Callable[[Terms, Events], Mapped]] = {
    "ANN": ann.mapped,
    "CLM": clm.mapped,
    "LAM": lam.mapped,
    "NAM": nam.mapped,
    "PAM": pam.mapped,
    "SWPPV": swppv.mapped,
}
"""What makes a contract of the terms, by their contract type."""


def mapped(terms: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> Mapped:
    """The contract that an ACTUS term dictionary is, with the unscheduled events that were
    observed. Raises Unmapped."""
    read_terms = read(terms, events)
    _refuse_unmapped(read_terms)
    kind = read_terms.text("contractType")
    if kind is None or kind not in CONTRACT_TYPES:
        raise Unmapped(f"contractType: {kind} is not in the library")
    return CONTRACT_TYPES[kind](read_terms, observed(events))


_UNMAPPED = ("cycleAnchorDateOfOptionality", "cycleOfOptionality")
"""Terms that make events of their own, for which the contracts have no clause."""


def _refuse_unmapped(terms: Terms) -> None:
    """What would change a payment is not passed over; what only describes the contract is."""
    for name in _UNMAPPED:
        if terms.text(name) is not None:
            raise Unmapped(f"{name} has no counterpart")
    settled = terms.text("settlementCurrency")
    if settled not in (None, terms.text("currency")):
        raise Unmapped(f"settlementCurrency: {settled} is another one than the contract's")
