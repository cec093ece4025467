"""Writes the grammars of editors that are made of the vocabulary, into `editors/`:
`python -m rfos_lang.editing.generate`."""

import json
from pathlib import Path

from rfos_lang.editing import emacs, textmate, tree_sitter, vim

EDITORS = Path(__file__).resolve().parents[2] / "editors"


def generated() -> dict[str, str]:
    """The files below `editors/` that are made here, with their texts."""
    return {
        "tree-sitter-rfos/queries/highlights.scm": tree_sitter.highlights(),
        "zed/languages/rfos/highlights.scm": tree_sitter.highlights(),
        "tree-sitter-rfos/src/line_goes_on.h": tree_sitter.line_goes_on(),
        "tree-sitter-rfos/vocabulary.json": tree_sitter.vocabulary(),
        "emacs/rfos-words.el": emacs.words(),
        "vim/syntax/rfos.vim": vim.syntax(),
        "vscode/syntaxes/rfos.tmLanguage.json": json.dumps(textmate.grammar(), indent=2) + "\n",
    }


def main() -> None:
    """Writes them all."""
    for name, text in generated().items():
        path = EDITORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
