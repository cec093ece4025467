"""The picture of the page on the prompt: a session, as a terminal shows it.

`python -m tests.docs.session_picture` draws it anew.
"""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from rfos_lang.base.instant import parse_instant
from rfos_lang.editing.highlighting import RfosLexer
from rfos_lang.repl.command import surroundings
from rfos_lang.repl.rich_text import print_answer
from rfos_lang.repl.session import fresh
from rfos_lang.repl.stepping import step

PICTURE = Path(__file__).resolve().parents[2] / "docs/guide/exploring.svg"
WIDTH = 96
TYPED = (
    "spot BTC = 65_000",
    "vol BTC = 55%",
    "rate USD = 4%",
    "contract Note(floor: USD/BTC, due: Date) between investor, issuer {\n"
    "    at due { issuer pays investor 1 BTC * clamp(spot(BTC, USD), floor, 90_000 USD/BTC) }\n"
    "}",
    "greeks Note(50_000, 2026-12-25)",
    "spot BTC = 0.9 * spot(BTC, USD)",
    "price Note(50_000, 2026-12-25)",
    "undo",
    "1 BTC + 1 USD",
)
_FONTS_FROM_ELSEWHERE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_THEME = TerminalTheme(
    (24, 26, 31),
    (222, 226, 232),
    [
        (24, 26, 31),
        (255, 107, 107),
        (126, 200, 120),
        (229, 192, 106),
        (104, 165, 255),
        (200, 140, 230),
        (96, 200, 210),
        (200, 206, 214),
    ],
    [
        (110, 118, 129),
        (255, 130, 130),
        (150, 220, 145),
        (240, 210, 130),
        (130, 185, 255),
        (215, 165, 240),
        (120, 215, 225),
        (240, 243, 247),
    ],
)


def drawn() -> str:
    """The session as SVG."""
    from rich.syntax import Syntax

    console = Console(
        file=StringIO(),
        record=True,
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        emoji=False,
        markup=False,
    )
    session, around = fresh(parse_instant("2026-01-01")), surroundings()
    coloured = Syntax("", RfosLexer(), theme="monokai", background_color="default")
    for typed in TYPED:
        lines = coloured.highlight(typed).split("\n")
        for number, line in enumerate(each for each in lines if each.plain):
            prompt = "  ... " if number else "rfos> "
            console.print(Text(prompt, style="bright_black") + line)
        session, answer = step(session, typed, around)
        print_answer(answer, console)
    made = console.export_svg(title="rfos repl", theme=_THEME, unique_id="session")
    return "".join(f"{line.rstrip()}\n" for line in _FONTS_FROM_ELSEWHERE.sub("", made).split("\n"))


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
