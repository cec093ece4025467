"""Every text of the project in editors as they are, without a screen:
`python -m tests.editing.in_editors vim neovim emacs`.

It says whether each word of a category, where it first stands, has the colour of that category,
whether indenting a text anew leaves it alone, and whether the file type is known.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rfos_lang.editing.categories import stretches
from rfos_lang.editing.emacs import FACE_OF
from rfos_lang.editing.vim import GROUP_OF, group
from rfos_lang.editing.vocabulary import Category
from tests.editing.texts import RIGHT, name
from tests.editing.without_a_screen import answered

LINES_MOVED_MAX = 0.005
"""The share of lines that indenting anew may move: those of a sum of contracts on several lines."""


@dataclass(frozen=True, slots=True)
class Editor:
    """How an editor is run on a script, and what it calls the colour of a category."""

    script: str
    command: Callable[[Path], list[str]]
    colour: Callable[[Category], str]


VIM = """\
set nocompatible encoding=utf-8 hidden
set runtimepath^=@EDITORS@/vim
filetype plugin indent on
syntax on
let answers = []
for [path, places] in json_decode(join(readfile('@QUESTIONS@'), ''))
  execute 'edit' fnameescape(path)
  let colours = map(copy(places), 'synIDattr(synID(v:val[0], v:val[1], 1), "name")')
  let before = getline(1, '$')
  silent normal! gg=G
  let after = getline(1, '$')
  let moved = len(filter(range(len(before)), 'before[v:val] !=# after[v:val]'))
  call add(answers, {'type': &filetype, 'colours': colours, 'moved': moved})
  bwipeout!
endfor
call writefile([json_encode(answers)], '@ANSWERS@')
qall!
"""

EMACS = """\
(add-to-list 'load-path "@EDITORS@/emacs")
(require 'rfos-mode)
(require 'json)
(setq make-backup-files nil inhibit-message t)
(defun face-at (place)
  (let ((face (or (get-text-property place 'face) "")))
    (if (eq face 'font-lock-comment-delimiter-face) 'font-lock-comment-face face)))
(defun told (path places)
  (with-current-buffer (find-file-noselect path)
    (font-lock-ensure)
    (let* ((colours (mapcar (lambda (place)
                              (goto-char (point-min))
                              (forward-line (1- (aref place 0)))
                              (face-at (+ (point) (1- (aref place 1)))))
                            places))
           (before (split-string (buffer-string) "\\n"))
           (_ (indent-region (point-min) (point-max)))
           (after (split-string (buffer-string) "\\n"))
           (moved (apply #'+ (cl-mapcar (lambda (a b) (if (string= a b) 0 1)) before after)))
           (answer `((type . ,(if (derived-mode-p 'rfos-mode) "rfos" ""))
                     (colours . ,(vconcat colours)) (moved . ,moved))))
      (set-buffer-modified-p nil)
      (kill-buffer)
      answer)))
(let* ((asked (with-temp-buffer (insert-file-contents "@QUESTIONS@") (json-parse-buffer)))
       (answers (mapcar (lambda (each) (told (aref each 0) (aref each 1))) asked)))
  (with-temp-file "@ANSWERS@" (insert (json-encode (vconcat answers)))))
"""


def _group(category: Category) -> str:
    return group(category) if category in GROUP_OF else "rfosName"


def _face(category: Category) -> str:
    return FACE_OF[category] or ""


EDITORS_KNOWN = {
    "vim": Editor(VIM, lambda path: ["vim", "-n", "-u", "NONE", "-es", "-S", str(path)], _group),
    "neovim": Editor(
        VIM, lambda path: ["nvim", "-n", "--headless", "-u", "NONE", "-es", "-S", str(path)], _group
    ),
    "emacs": Editor(EMACS, lambda path: ["emacs", "--batch", "-Q", "-l", str(path)], _face),
}

Place = tuple[int, int]


def places(text: str, seen: set[tuple[Category, str]]) -> list[tuple[Place, Category, str]]:
    """Where each stretch begins that was not seen before: line and byte, from 1; what it is, and
    its words."""
    found = []
    for category, start, end in stretches(text):
        if (category, text[start:end]) in seen:
            continue
        seen.add((category, text[start:end]))
        line = text.rfind("\n", 0, start) + 1
        at = text.count("\n", 0, start) + 1, len(text[line:start].encode()) + 1
        found.append((at, category, text[start:end]))
    return found


def wrong(editor: Editor) -> list[str]:
    """What an editor does otherwise than the compiler."""
    seen: set[tuple[Category, str]] = set()
    asked = {path: places(path.read_text(encoding="utf-8"), seen) for path in RIGHT}
    complaints: list[str] = []
    moved = lines = 0
    for (path, expected), answer in zip(asked.items(), _answers(editor, asked), strict=True):
        if answer["type"] != "rfos":
            complaints.append(f"{name(path)} is of type {answer['type']!r}")
        moved += answer["moved"]
        lines += len(path.read_text(encoding="utf-8").splitlines())
        for (at, category, words), colour in zip(expected, answer["colours"], strict=True):
            if colour != editor.colour(category):
                where = f"{name(path)}:{at[0]}:{at[1]}"
                complaints.append(f"{where}: {words!r} is {colour!r}, not {category.value}")
    if moved > LINES_MOVED_MAX * lines:
        complaints.append(f"indenting anew moves {moved} of {lines} lines")
    print(f"{sum(map(len, asked.values()))} words, {moved} of {lines} lines moved")
    return complaints


def _answers(editor: Editor, asked: dict[Path, list[tuple[Place, Category, str]]]) -> list[dict]:
    rows = [[str(path), [at for at, _, _ in expected]] for path, expected in asked.items()]
    told: list[dict] = answered(editor.command, editor.script, {"questions": json.dumps(rows)})
    return told


def main() -> int:
    """Looks at each editor named; whether anything is wrong."""
    complaints = []
    for each in sys.argv[1:]:
        print(f"{each}: ", end="")
        complaints += wrong(EDITORS_KNOWN[each])
    print("\n".join(complaints[:40]))
    return min(len(complaints), 1)


if __name__ == "__main__":
    sys.exit(main())
