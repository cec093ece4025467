"""One slip is one error, at its place, and all around it is still read."""

import pytest

from rfos_lang.base.diagnostic import Diagnostic
from rfos_lang.base.wording import SECTIONS
from rfos_lang.syntax import tree
from rfos_lang.syntax.parser import DEPTH_MAX, parse

# What stands between the marks is where the caret goes; the marks are taken out.
INSIDE_A_CONTRACT = [
    ("E0101", "writer pays holder x «y»"),
    ("E0101", "at expiri «foo» { end }"),
    ("E0101", "«pays» writer holder 3"),
    ("E0101", "colateral «of» writer in cash { maintenance: 3; initial: 4 }"),
    ("E0101", "when x { end } «otherwise» { end }"),
    ("E0101", "let y = a.«.»b"),
    ("E0101", "state y «=» 3"),
    ("E0101", "mint 3 «from» writer"),
    ("E0103", "let y = max«(»1, 2"),
    ("E0103", "let y = «[»1, 2"),
    ("E0103", "let y = max«(»1, 2\n    writer pays holder f(3)\n    at expiry { end }"),
    ("E0101", "let y = max(1\n        «2», 3)"),
    ("E0103", "holder pays writer max«(»1, x\n    at expiry { end }"),
    ("E0105", "let y = (1 + 2)«)»"),
    ("E0106", "let «end» = 3"),
    ("E0106", "let y = 2 * «margin»"),
    ("E0106", "«margin» = 3"),
    ("E0107", "if 0 < x «<» 3 { end }"),
    ("E0107", "let y = a - 1 <= f(b) * 2 «<» c"),
    ("E0108", "if x «=» 3 { end }"),
    ("E0109", "x «==» 3"),
    ("E0110", "let y = 5 «end»"),
    ("E0111", "let y = «5USD»"),
    ("E0111", "let y = «1e6» + 2"),
    ("E0112", "let y = «2026-2-5»"),
    ("E0112", "let y = «5/2/2026»"),
    ("E0113", "let y = «2026-12-25T08:00»"),
    ("E0114", "let y = «2026-02-30»"),
    ("E0114", "cut «25:00» UTC"),
    ("E0115", "let y = 5 «§»"),
    ("E0115", "let y = 5 «§» 6"),
    ("E0115", "let y = 5 «§»§§§"),
    ("E0115", "let y = a «&&» b"),
    ("E0115", "let y = a «!» b"),
    ("E0116", 'writer pays holder x as «"coupon»'),
    ("E0117", "let y = «5  USD»"),
    ("E0118", "let y = «5% USD»"),
    ("E0119", "let y = «" + "1" * 61 + "»"),
    ("E0121", "let y = «min»(S on fixings)"),
    ("E0126", "require x > 3«»"),
    ("E0127", "a pays «to» b x"),
    ("E0127", "a pays b«»"),
    ("E0127", "a pays «5 USD»"),
]

WHOLE_FILES = [
    ("E0101", "contract A(x «Asset») between a, b { end }"),
    ("E0101", "contract A(x: Asset) «{» end }"),
    ("E0101", "margin M «{» a: 3 }"),
    ("E0101", 'test "x" { «5» }'),
    ("E0102", "let x =\n«»"),
    ("E0102", "use std«»"),
    ("E0103", "contract A«(»"),
    ("E0104", "contract A() between a, b «{»\n    end\n\ncontract B() between a, b { end }\n"),
    ("E0104", "use std.«{»A"),
    ("E0105", "unit a\n«}»\nunit b\n"),
    ("E0120", "asset EUR in «2.5» decimals"),
    ("E0120", "asset EUR in «19» decimals"),
    ("E0120", "asset EUR in «2 decimal»"),
    ("E0120", "asset EUR in «decimals»"),
    ("E0122", "«at» expiry { end }\n"),
    ("E0124", "«asset USD»"),
    ("E0125", "contract A() between «a» { end }"),
    ("E0130", 'test "x" { «expect no coupons» }'),
    ("E0131", 'test "x" { «prices» { } }'),
    ("E0123", "let x = «" + "-" * (DEPTH_MAX + 1) + "1»"),
]


def unmarked(marked: str) -> tuple[str, int, int]:
    start = marked.index("«")
    end = marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), start, end


def check(marked: str, code: str) -> tuple[tree.Module, Diagnostic]:
    text, start, end = unmarked(marked)
    module, diagnostics = parse(text, "note.rfos")
    assert [it.code for it in diagnostics] == [code]
    (diagnostic,) = diagnostics
    assert (diagnostic.span.start, diagnostic.span.end) == (start, end)
    return module, diagnostic


@pytest.mark.parametrize(("code", "marked"), INSIDE_A_CONTRACT)
def test_a_slip_in_a_statement_costs_that_statement_only(code: str, marked: str) -> None:
    before = "contract A(x: Asset) between writer, holder {\n    let before = 1\n    "
    after = "\n    let after = 2\n}\n\ncontract B() between a, b { end }\n"
    module, _ = check(before + marked + after, code)
    first, second = module.items
    assert isinstance(first, tree.Contract)
    assert isinstance(second, tree.Contract)
    kept = [it.name.text for it in first.body if isinstance(it, tree.Let)]
    assert kept[0] == "before"
    assert kept[-1] == "after"
    assert second.body == (tree.End(span=second.span),)


@pytest.mark.parametrize(("code", "marked"), WHOLE_FILES)
def test_a_slip_in_an_item_is_one_error(code: str, marked: str) -> None:
    check(marked, code)


def test_every_code_of_the_syntax_is_tested() -> None:
    tested = {code for code, _ in INSIDE_A_CONTRACT + WHOLE_FILES}
    assert tested == set(SECTIONS["E01"])


def test_one_file_yields_all_its_errors() -> None:
    text = """\
contract A(x Asset) between a, b {
    let y = 1 1
    at t { a pays b 2 2; let z = 5USD }
}
asset EUR in 2.5 decimals
contract B() between a, b {
    let end = 3
}
"""
    _, diagnostics = parse(text, "note.rfos")
    assert [it.code for it in diagnostics] == ["E0101"] * 3 + ["E0111", "E0120", "E0106"]


def test_statements_after_a_brace_too_many_are_reported_once() -> None:
    text = """\
contract A() between a, b {
    at e { end } }
    at f { end }
    at g { end }
}
contract B() between a, b { end }
"""
    module, diagnostics = parse(text, "note.rfos")
    assert [it.code for it in diagnostics] == ["E0122"]
    contracts = [it for it in module.items if isinstance(it, tree.Contract)]
    assert [it.name.text for it in contracts] == ["A", "B"]


def test_an_unclosed_bracket_shows_both_ends() -> None:
    text = "contract A() between a, b {\n    let y = max(1, 2\n    at t { end }\n}\n"
    _, (diagnostic,) = parse(text, "note.rfos")
    (related,) = diagnostic.related
    assert text[diagnostic.span.start : diagnostic.span.end] == "("
    assert text[related.span.start :].lstrip().startswith("at t")


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("let x = 2026-2-5", None, "write `2026-02-05`"),
        ("let x = 5USD", None, "write `5 USD`, with one space"),
        ("let x = 5  USD", None, "write `5 USD`"),
        ("let x = 0 < b < c", None, "write `... and b < ...`"),
        ("unit", "the file ends where I expected a name", None),
        ("use a.b", "the file ends where I expected `.`", None),
        ("let x 3", "I expected `:`, `=` or `(` here, not `3`", None),
        ("let x = ;", "I expected an expression here, not `;`", None),
        ("let x = (1 2)", "I expected an operator, `between` or `)` here, not `2`", None),
        ("asset A issued", "the file ends where I expected `by`", None),
    ],
)
def test_the_wording(text: str, message: str | None, help: str | None) -> None:
    _, (diagnostic,) = parse(text, "note.rfos")
    assert message is None or diagnostic.message == message
    assert diagnostic.help == help
