;;; rfos-mode.el --- Financial contracts in rfos -*- lexical-binding: t -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: languages, finance

;;; Commentary:

;; Colours, indentation, comments, an outline of contracts, `rfos check' by `compile', and the language
;; server `rfos lsp' by Eglot.

;;; Code:

(require 'rfos-words)
(require 'rx)

(defgroup rfos nil
  "Financial contracts in rfos."
  :group 'languages)

(defcustom rfos-command "rfos"
  "The command rfos: a name on the path, or where it is."
  :type 'string)

(defcustom rfos-indent-offset 4
  "How much deeper what stands in brackets is."
  :type 'integer
  :safe #'integerp)

;;; Colours

(defvar rfos-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?_ "w" table)
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "." table)
    (dolist (sign '(?+ ?- ?* ?^ ?= ?< ?> ?% ?& ?|))
      (modify-syntax-entry sign "." table))
    table))

(defconst rfos--name "[A-Za-z_][A-Za-z0-9_]*")
(defconst rfos--number "\\<[0-9]+\\(?:_[0-9]+\\)*\\(?:\\.[0-9]+\\)?")

(defun rfos--words (&rest lists)
  "A pattern of the words in all of LISTS."
  (regexp-opt (apply #'append lists) 'words))

(defun rfos--find-unit (limit)
  "Finds the next unit of a quantity up to LIMIT, which is no reserved word."
  (let ((pattern (concat "\\(?:^\\|[^:]\\)" rfos--number " \\(" rfos--name "\\(?:/" rfos--name "\\)*\\)"))
        (reserved (rfos--words rfos-declarings rfos-keywords rfos-logics rfos-truths))
        found)
    (while (and (not found) (re-search-forward pattern limit t))
      (setq found (not (save-match-data
                         (string-match-p (concat "\\`" reserved "\\(?:/\\|\\'\\)") (match-string 1))))))
    found))

(defconst rfos--font-lock
  `((,(concat "\\.[ \t]*\\(" rfos--name "\\)") 1 'default)
    (rfos--find-unit 1 font-lock-type-face)
    ("\\<[0-9]\\{4\\}-[0-9]\\{2\\}-[0-9]\\{2\\}\\(?:T[0-9:]+Z\\)?" . font-lock-constant-face)
    ("\\<[0-9]\\{2\\}:[0-9]\\{2\\}\\>" . font-lock-constant-face)
    (,(concat "\\<" (regexp-opt rfos-day-counts) "\\>") . font-lock-constant-face)
    (,(concat "\\<[0-9]+" (regexp-opt rfos-duration-units) "\\>") . font-lock-constant-face)
    (,(concat rfos--number "\\(?:%\\|bp\\>\\)?") . font-lock-constant-face)
    (,(concat (rfos--words rfos-naming-words) "[ \t]*\\(" rfos--name "\\)")
     (1 font-lock-keyword-face)
     (2 (unless (member (match-string 2) rfos-declarings) font-lock-type-face)))
    (,(rfos--words rfos-declarings rfos-keywords rfos-logics) . font-lock-keyword-face)
    (,(rfos--words rfos-truths) . font-lock-constant-face)
    (,(concat "\\<\\(" rfos--name "\\)[ \t]*:") 1 font-lock-variable-name-face)
    (,(concat (rfos--words rfos-functions) "[ \t]*(") 1 font-lock-builtin-face)
    (,(concat "\\<\\(" rfos--name "\\)[ \t]*(") 1 font-lock-function-name-face)
    (,(rfos--words rfos-types) . font-lock-type-face)
    (,(rfos--words rfos-calendars rfos-conventions) . font-lock-constant-face)
    (,(rfos--words rfos-givens) . font-lock-builtin-face)))

(defun rfos--face-of-comment (state)
  "The face of the comment or string that STATE is in."
  (cond ((nth 3 state) font-lock-string-face)
        ((save-excursion (goto-char (nth 8 state)) (looking-at "///\\(?:[^/]\\|$\\)"))
         font-lock-doc-face)
        (t font-lock-comment-face)))

;;; Indentation

(defconst rfos--goes-on
  (concat "[-+*/=<>^.,]\\|" (regexp-opt '("and" "or" "then" "else" "otherwise" "between" "default" "until") 'words))
  "How a line begins that goes on with the one before.")

(defun rfos-indent-line ()
  "Puts the line as deep as there are lines with brackets that are open there.
A line that goes on with the one before is left where it stands."
  (interactive)
  (let ((depth (save-excursion (back-to-indentation) (rfos--depth)))
        (back (- (current-column) (current-indentation))))
    (when depth
      (indent-line-to (* rfos-indent-offset depth))
      (when (> back 0) (forward-char back)))))

(defun rfos--depth ()
  "How many lines have brackets that are open here, but for those that close here."
  (unless (and (looking-at rfos--goes-on) (not (looking-at "//")))
    (let ((open (reverse (nth 9 (syntax-ppss)))))
      (dotimes (_ (skip-chars-forward ")]}"))
        (pop open))
      (length (delete-dups (mapcar #'line-number-at-pos open))))))

;;; The mode

(defconst rfos--outline
  `(("Contract" ,(concat "^\\(?:perpetual \\)?contract +\\(" rfos--name "\\)") 1)
    ("Test" "^test +\"\\([^\"]*\\)\"" 1)
    ("Feed" ,(concat "^feed +\\(" rfos--name "\\)") 1)))

;;;###autoload
(define-derived-mode rfos-mode prog-mode "rfos"
  "Financial contracts in rfos."
  (setq-local comment-start "// "
              comment-start-skip "//+ *"
              comment-end ""
              indent-tabs-mode nil
              fill-column 100
              indent-line-function #'rfos-indent-line
              electric-indent-chars (append '(?\} ?\) ?\]) electric-indent-chars)
              imenu-generic-expression rfos--outline
              font-lock-defaults `(,rfos--font-lock nil nil nil
                                   (font-lock-syntactic-face-function . rfos--face-of-comment)))
  (when buffer-file-name
    (setq-local compile-command
                (format "%s check %s" rfos-command (shell-quote-argument buffer-file-name)))))

(defun rfos-format-buffer ()
  "Lays the buffer out in the canonical form."
  (interactive)
  (let ((from (current-buffer)) (to (generate-new-buffer " *rfos fmt*")))
    (unwind-protect
        (if (zerop (call-process-region nil nil rfos-command nil (list to nil) nil "fmt" "-"))
            (replace-buffer-contents to)
          (message "rfos fmt could not read this"))
      (kill-buffer to)
      (set-buffer from))))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.rfos\\'" . rfos-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs `(rfos-mode . (,rfos-command "lsp"))))

(with-eval-after-load 'compile
  (defvar compilation-error-regexp-alist)
  (add-to-list 'compilation-error-regexp-alist '(" +┌─ \\([^:\n]+\\):\\([0-9]+\\):\\([0-9]+\\)" 1 2 3)))

(provide 'rfos-mode)
;;; rfos-mode.el ends here
