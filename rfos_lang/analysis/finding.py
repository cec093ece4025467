"""What was found of one property of an instance."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, unique

from rfos_lang.analysis.paths import Life
from rfos_lang.base.records import dataclass


@unique
class Verdict(Enum):
    """How a question about every path was answered."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "not shown"
    AT_RUN_TIME = "refused at run time"
    NOTED = "noted"

    @property
    def passes(self) -> bool:
        """Whether a contract is as it should be."""
        return self not in (Verdict.REFUTED, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one property. `sentence` names the words that say it
    (`base.wording.verification`), `names` fill them; `clause` is the clause that is at fault,
    `life` a path that shows it, as far as the contract went along it."""

    subject: str
    verdict: Verdict
    sentence: str
    names: Mapping[str, object] = field(default_factory=dict)
    clause: int | None = None
    life: Life | None = None
