"""The page on notebooks: its cells, run one after another in one shell."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tests.cli.running import ROOT

CELLS = re.findall(
    r"^```python\n(.*?)^```$",
    (ROOT / "docs/guide/notebook.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)


def test_the_cells_of_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shell = InteractiveShell.instance()
    shown = []
    for cell in CELLS:
        with capture_output() as seen:
            done = shell.run_cell(cell)
        assert done.success, cell
        html = [str(each.data.get("text/html", "")) for each in seen.outputs]
        assert not any("error[" in each for each in html), html
        shown.append("".join(html))
        if done.result is not None:
            shown[-1] += str(shell.display_formatter.format(done.result)[0].get("text/html"))
    greeks, payoff, call, market, found = shown[2], shown[3], *(shown[4:7])
    assert "delta" in greeks and "<svg" in payoff
    assert "strike" in call and "65,000" in market and "closed form" in found
    assert len(shell.user_ns["values"]) == 7
    InteractiveShell.clear_instance()
