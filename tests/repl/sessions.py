"""Sessions as tests hold them: commands in, answers out."""

from rfos_lang.base.instant import parse_instant
from rfos_lang.repl.answer import Answer
from rfos_lang.repl.command import surroundings
from rfos_lang.repl.plain import answer_lines
from rfos_lang.repl.session import Session, fresh
from rfos_lang.repl.stepping import step

AROUND = surroundings()
TODAY = parse_instant("2026-01-01")
MARKET = ("spot BTC = 65_000", "vol BTC = 55%", "rate USD = 4%")
CALL = "EuropeanCall(BTC, USD, 65_000, 2026-12-25)"


def told(*texts: str, session: Session | None = None) -> tuple[Session, Answer]:
    """The session after texts that are all right, and the last answer."""
    session, answer = session or fresh(TODAY), Answer("")
    for text in texts:
        session, answer = step(session, text, AROUND)
        assert answer.ok, shown(answer)
    return session, answer


def wrong(text: str, session: Session | None = None) -> Answer:
    """The answer to a text that is wrong; the session is as it was."""
    before = session or fresh(TODAY)
    after, answer = step(before, text, AROUND)
    assert after is before
    assert not answer.ok
    return answer


def shown(answer: Answer) -> str:
    """An answer as a script prints it."""
    return "\n".join(line.rstrip() for line in answer_lines(answer))


def codes(answer: Answer) -> list[str]:
    """The codes of what is wrong."""
    return [each.code for each in answer.diagnostics]
