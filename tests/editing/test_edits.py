"""After any edits the answers are those of a fresh workspace on the final texts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rfos_lang.base.span import Span
from rfos_lang.editing.completion import completions
from rfos_lang.editing.folding import folds
from rfos_lang.editing.hints import hints
from rfos_lang.editing.lenses import lenses
from rfos_lang.editing.outline import outline, symbols
from rfos_lang.editing.problems import problems
from rfos_lang.editing.tokens import tokens
from rfos_lang.editing.workspace import Workspace, with_text
from tests.editing.workspaces import workspace

NAMES = ("a", "legs")
TEXTS = {
    "a": """\
use legs.{Deep, rate}
use std.options.{EuropeanCall}
asset GOLD in 3 decimals

/// First.
contract A(n: GOLD, due: Date) between a, b { at due { let m = n * rate; a pays b m } }
contract B(n: USD, due: Date) between a, b = Deep(n, due:) { unsecured }

test "it pays" {
    contract B(5 USD, due: 2026-01-01)
    on 2026-01-01 { }
    expect a pays b 5 USD
}
""",
    "legs": """\
let rate = 5%
contract Deep(n: USD, due: Date) between a, b {
    let twice = 2 * n  // a remark
    at due { a pays b twice }
    unsecured
}
""",
}
SCRAPS = [
    *(
        "",
        " ",
        "\n",
        "x",
        "2",
        "}",
        "{",
        "(",
        "// c\n",
        "unsecured\n",
        "let q = 1\n",
        "rate",
        "\U0001f600",
    ),
    *(
        "contract D(n: USD, t: Date) between a, b { at t { a pays b n } }\n",
        '"',
        ";",
        "use legs.{Deep}\n",
    ),
]


def answers(made: Workspace) -> list[object]:
    """All that can be asked without a place, and what may be written in the middle."""
    found: list[object] = [symbols(made, "")]
    for name, document in made.documents.items():
        whole = Span(name, 0, len(document.text))
        found += [problems(made, name), outline(made, name), tokens(made, name)]
        found += [hints(made, name, whole), lenses(made, name), folds(document.text)]
        found.append(completions(made, name, len(document.text) // 2))
    return found


def edited(text: str, data: st.DataObject) -> str:
    """The text after one edit, mostly a small one."""
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.sampled_from([0, 0, 1, 3, 40]))
    return text[:start] + data.draw(st.sampled_from(SCRAPS)) + text[start + length :]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_after_any_edits_the_answers_are_those_of_a_fresh_workspace(data: st.DataObject) -> None:
    texts = dict(TEXTS)
    made = workspace(**texts)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(NAMES))
        texts[name] = edited(texts[name], data)
        made = with_text(made, f"{name}.rfos", texts[name])
        if data.draw(st.booleans()):
            answers(made)
    assert answers(made) == answers(workspace(**texts))
