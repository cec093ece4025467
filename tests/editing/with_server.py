"""Editors as they are, without a screen, against the language server:
`python -m tests.editing.with_server neovim emacs`.

Each opens a text with a mistake and an untidy line and says whether the server was attached, which
problems it told, what it says of a word, and what the text is once it is laid out.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.editing.without_a_screen import answered

SECONDS_MAX = 60
RFOS = [sys.executable, "-c", "from rfos_lang.cli.main import main; main()", "lsp"]
TEXT = """\
/// Pays a sum.
contract Paid(sum: USD, due: Date) between a, b { at due { a pays b sum  } }
unit twice
unit   twice
"""
LAID_OUT = "unit twice\nunit twice\n"


@dataclass(frozen=True, slots=True)
class Editor:
    """The program, the name of its script, and how it is run on it."""

    program: str
    script: str
    command: Callable[[Path], list[str]]


NEOVIM = """\
vim.opt.runtimepath:append('@EDITORS@/vim')
vim.opt.runtimepath:append('@EDITORS@/neovim')
vim.cmd('filetype plugin indent on')
local told = {}
local function work()
  local known = dofile('@EDITORS@/neovim/lsp/rfos.lua')
  vim.cmd('edit @TEXT@')
  told.type = vim.bo.filetype
  local client = vim.lsp.start_client({
    name = 'rfos', cmd = vim.fn.json_decode([==[@RFOS@]==]), root_dir = '@FOLDER@',
  })
  assert(vim.tbl_contains(known.filetypes, told.type))
  vim.lsp.buf_attach_client(0, client)
  vim.wait(@WAIT@, function() return #vim.diagnostic.get(0) > 0 end, 50)
  told.attached = vim.lsp.buf_is_attached(0, client)
  local function words(each) return each.code or each.message end
  told.problems = vim.tbl_map(words, vim.diagnostic.get(0))
  local document = { uri = vim.uri_from_bufnr(0) }
  local place = { textDocument = document, position = { line = 1, character = 10 } }
  local answers = vim.lsp.buf_request_sync(0, 'textDocument/hover', place, @WAIT@)
  told.hover = answers[client].result.contents.value
  vim.lsp.buf.formatting_sync(nil, @WAIT@)
  told.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n') .. '\\n'
end
local fine, why = pcall(work)
if not fine then told.failed = tostring(why) end
vim.fn.writefile({ vim.fn.json_encode(told) }, '@ANSWERS@')
vim.cmd('qall!')
"""

EMACS = """\
(require 'package)
(package-initialize)
(add-to-list 'load-path "@EDITORS@/emacs")
(require 'rfos-mode)
(require 'json)
(require 'eglot)
(require 'flymake)
(setq make-backup-files nil eglot-sync-connect 30 eglot-autoshutdown nil)
(let ((told '()))
  (condition-case why
      (with-current-buffer (find-file-noselect "@TEXT@")
        (push (cons 'type (if (derived-mode-p 'rfos-mode) "rfos" "")) told)
        (setf (alist-get 'rfos-mode eglot-server-programs)
              (append (json-parse-string "@RFOS_LISP@" :array-type 'list) nil))
        (cl-assert (assoc 'rfos-mode eglot-server-programs))
        (eglot-ensure)
        (run-hooks 'post-command-hook)
        (unless (eglot-current-server)
          (apply #'eglot (list 'rfos-mode (cons 'transient "@FOLDER@") 'eglot-lsp-server
                               (cdr (assoc 'rfos-mode eglot-server-programs)) "rfos")))
        (let ((server (eglot-current-server)) (until (+ (float-time) 30)))
          (push (cons 'attached (if server t :json-false)) told)
          (flymake-mode 1)
          (flymake-start)
          (while (and (null (flymake-diagnostics)) (< (float-time) until))
            (accept-process-output nil 0.1))
          (push (cons 'problems (vconcat (mapcar (lambda (each) (flymake-diagnostic-text each))
                                                 (flymake-diagnostics))))
                told)
          (goto-char (point-min))
          (search-forward "contract Pa")
          (let ((answer (jsonrpc-request server :textDocument/hover
                                         (eglot--TextDocumentPositionParams))))
            (push (cons 'hover (plist-get (plist-get answer :contents) :value)) told))
          (eglot-format-buffer)
          (push (cons 'text (buffer-substring-no-properties (point-min) (point-max))) told)
          (set-buffer-modified-p nil)))
    (error (push (cons 'failed (error-message-string why)) told)))
  (with-temp-file "@ANSWERS@" (insert (json-encode told)))
  (kill-emacs 0))
"""

KNOWN = {
    "neovim": Editor(
        "nvim",
        NEOVIM,
        lambda path: ["nvim", "-n", "--headless", "-u", "NONE", "-c", f"luafile {path}"],
    ),
    "emacs": Editor("emacs", EMACS, lambda path: ["emacs", "--batch", "-q", "-l", str(path)]),
}


def told(editor: Editor) -> dict:
    """What an editor says of the text."""
    command = json.dumps(RFOS)
    words = {
        "RFOS_LISP": command.replace("\\", "\\\\").replace('"', '\\"'),
        "RFOS": command,
        "WAIT": str(30_000),
    }
    found: dict = answered(editor.command, editor.script, {"text.rfos": TEXT}, words, SECONDS_MAX)
    return found


def wrong(found: dict) -> list[str]:
    """What of it is not as it should be."""
    if "failed" in found:
        return [found["failed"]]
    holds = {
        "the file is of type rfos": found["type"] == "rfos",
        "the server is attached": found["attached"] is True,
        "the unit declared twice is told": any(
            "E0302" in each or "twice" in each for each in found["problems"]
        ),
        "hover tells of the contract": "contract Paid(" in found["hover"],
        "hover tells its documentation": "Pays a sum." in found["hover"],
        "the text is laid out": found["text"].endswith(LAID_OUT),
    }
    return [f"does not hold: {each}; {found}" for each, fine in holds.items() if not fine]


def main() -> int:
    """Looks at each editor named; whether anything is wrong."""
    bad = 0
    for each in sys.argv[1:]:
        editor = KNOWN[each]
        if shutil.which(editor.program) is None:
            print(f"{each}: not run against the server, {editor.program} is not installed")
            continue
        complaints = wrong(told(editor))
        print(f"{each}: " + ("\n".join(complaints) or "attached, problems, hover, layout"))
        bad += bool(complaints)
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
