"""An executor that remembers: contract code is a function, so what it said once it says again.

It tells the checks what was asked, and makes replay cheap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, NamedTuple

from rfos_runtime.reference.executor import (
    DefinitionView,
    Event,
    Executor,
    Outcome,
    PartyRisk,
    PolicyView,
    RiskInputs,
)

Risk = tuple[PartyRisk, PartyRisk] | None


class Call(NamedTuple):
    """An event that contract code was asked about."""

    view: DefinitionView
    terms: bytes
    event: Event


class Answer(NamedTuple):
    """What contract code said of a risk, of a definition at its terms."""

    definition: str
    terms: bytes
    risk: Risk


Question = tuple[str, bytes, bytes, tuple[Any, ...]]
"""A definition, terms, a standing; then the fields of an event or of the inputs of a risk, or of
several risks, whose own tuple is quicker to find than they are."""
_told = attrgetter(*(each.name for each in fields(Event)))
_asked = attrgetter(*(each.name for each in fields(RiskInputs)))


@dataclass(slots=True)
class Remembering:
    """What an executor says, asked once. `calls`: the events asked about, and `answers`: the risks
    said since they were last cleared."""

    of: Executor
    calls: list[Call] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    _views: dict[bytes, DefinitionView | None] = field(default_factory=dict)
    _policies: dict[bytes, PolicyView | None] = field(default_factory=dict)
    _starts: dict[tuple[str, bytes], Outcome] = field(default_factory=dict)
    _outcomes: dict[Question, Outcome] = field(default_factory=dict)
    _risks: dict[Question, Answer] = field(default_factory=dict)
    _tables: dict[Question, list[Answer]] = field(default_factory=dict)

    def load(self, artefact: bytes) -> DefinitionView | None:
        """The view of a definition; None for bytes that are none."""
        if artefact not in self._views:
            self._views[artefact] = self.of.load(artefact)
        return self._views[artefact]

    def policy(self, artefact: bytes) -> PolicyView | None:
        """The view of a margin policy; None for bytes that are none."""
        if artefact not in self._policies:
            self._policies[artefact] = self.of.policy(artefact)
        return self._policies[artefact]

    def start(self, view: DefinitionView, terms: bytes) -> Outcome:
        """The standing of a new instance."""
        key = view.content_hash, terms
        if key not in self._starts:
            self._starts[key] = self.of.start(view, terms)
        return self._starts[key]

    def fire(self, view: DefinitionView, terms: bytes, standing: bytes, event: Event) -> Outcome:
        """Lets one event act on an instance."""
        self.calls.append(Call(view, terms, event))
        key = view.content_hash, terms, standing, _told(event)
        found = self._outcomes.get(key)
        if found is None:
            found = self._outcomes[key] = self.of.fire(view, terms, standing, event)
        return found

    def risk(self, view: DefinitionView, terms: bytes, standing: bytes, inputs: RiskInputs) -> Risk:
        """The risk of one lot for the first and the second party."""
        key = view.content_hash, terms, standing, _asked(inputs)
        answer = self._risks.get(key)
        if answer is None:
            found = self.of.risk(view, terms, standing, inputs)
            answer = self._risks[key] = Answer(view.content_hash, terms, found)
        self.answers.append(answer)
        return answer.risk

    def risks(
        self,
        view: DefinitionView,
        terms: bytes,
        standing: bytes,
        now: int,
        values: Sequence[tuple[int, ...]],
    ) -> list[Risk]:
        """The same for each of several values of the inputs."""
        key = view.content_hash, terms, standing, (now, *values)
        answers = self._tables.get(key)
        if answers is None:
            found = self.of.risks(view, terms, standing, now, values)
            answers = [Answer(view.content_hash, terms, each) for each in found]
            self._tables[key] = answers
            for row, answer in zip(values, answers, strict=True):
                self._risks[*key[:3], (now, row)] = answer  # the checks ask for one at a time
        self.answers += answers
        return [each.risk for each in answers]

    def forget(self) -> None:
        """Between worlds: nothing is asked again there."""
        self.calls.clear()
        self.answers.clear()
        for table in (self._starts, self._outcomes, self._risks, self._tables):
            table.clear()
