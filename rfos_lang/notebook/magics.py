"""The magics: a cell or a line of commands over one session, each answer shown in turn."""

from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import HTML, display

from rfos_lang.notebook.html import answer_html
from rfos_lang.repl.command import Request, begun, surroundings
from rfos_lang.repl.script import answers


@magics_class
class RfosMagics(Magics):
    """`%%rfos` for a cell of definitions and commands, `%rfos` for one line."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.around = surroundings()
        self.session = begun(Request(None, None, None), self.around)

    @line_cell_magic
    def rfos(self, line: str, cell: str | None = None) -> None:
        """Takes commands, definitions and expressions, as the prompt of `rfos repl` does."""
        text = line if cell is None else f"{line}\n{cell}"
        for session, answer in answers(self.session, text, self.around):
            self.session = session
            html = answer_html(answer)
            if html:
                display(HTML(html))
