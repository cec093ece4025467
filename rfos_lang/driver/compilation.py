"""From a lowered definition to its artefact, and from a margin policy to its own."""

from hashlib import sha256

from rfos_lang.artefact import emission
from rfos_lang.artefact.format import content_hash
from rfos_lang.artefact.policy import compile_policy
from rfos_lang.base.records import dataclass
from rfos_lang.base.refusal import Refused
from rfos_lang.base.wording import report
from rfos_lang.core.lowered import Lowered
from rfos_lang.driver.failure import Failure
from rfos_lang.driver.marking import Marking, marking
from rfos_lang.semantics.policy import Policy


@dataclass(frozen=True, slots=True)
class Compiled:
    """An artefact with its name, and how contracts of its definition are margined."""

    artefact: bytes
    content_hash: str
    marking: Marking


def compiled(lowered: Lowered, source_text: str) -> Compiled:
    """The artefact of a definition; the same text and shape give the same bytes. Raises Failure."""
    mark = marking(lowered)
    source_hash = _hash_of(source_text)
    try:
        artefact = emission.compile(lowered.program, mark.risk, source_hash)
    except Refused as refused:
        span = lowered.definition.span
        problem = report(refused.code, span, **refused.names)
        raise Failure([problem], {span.source: source_text}) from None
    return Compiled(artefact, content_hash(artefact), mark)


def compiled_policy(policy: Policy, source_text: str) -> bytes:
    """The artefact of a margin policy; the same text gives the same bytes."""
    return compile_policy(policy, _hash_of(source_text))


def _hash_of(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()
