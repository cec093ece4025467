"""A session without a terminal: commands from a text, answers as text or as JSON lines."""

from collections.abc import Iterator
from pathlib import Path

from rfos_lang.cli.console import OK, WRONG, as_line
from rfos_lang.cli.files import write_bytes
from rfos_lang.driver.failure import Failure
from rfos_lang.repl.answer import Answer, as_document, refused
from rfos_lang.repl.plain import answer_lines
from rfos_lang.repl.session import Session, Surroundings
from rfos_lang.repl.stepping import step, wants_more


def statements(text: str) -> Iterator[str]:
    """The commands of a text: a line each, or as many as the parser needs."""
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        whole = "\n".join(lines)
        if not wants_more(whole):
            if whole.strip():
                yield whole
            lines = []
    if "".join(lines).strip():
        yield "\n".join(lines)


def answers(session: Session, text: str, around: Surroundings) -> Iterator[tuple[Session, Answer]]:
    """Each command's answer and the session after it, until one leaves."""
    for statement in statements(text):
        session, answer = step(session, statement, around)
        yield session, kept(answer)
        if answer.leaves:
            return


def kept(answer: Answer) -> Answer:
    """The answer once its files are written, or that they cannot be."""
    try:
        for path, text in answer.files:
            write_bytes(Path(path), text.encode("utf-8"))
    except Failure as failure:
        return refused(answer.command, failure)
    return answer


def play(session: Session, text: str, around: Surroundings, as_json: bool) -> int:
    """Prints the answers; the exit code: 1 if one of the commands was wrong."""
    well = True
    for _, answer in answers(session, text, around):
        if not answer.command:
            continue
        well = well and answer.ok
        if as_json:
            print(as_line(as_document(answer)), flush=True)
        else:
            lines = [line.rstrip() for line in answer_lines(answer)]
            print("".join(f"{line}\n" for line in lines), end="", flush=True)
    return OK if well else WRONG
