/** The editor: what it shows and offers, it asks the checker. */

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { forceLinting, linter, lintGutter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type ChangeSpec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, hoverTooltip, keymap, lineNumbers, type Tooltip } from "@codemirror/view";

import type { Checker, Contract, Fix, Problem, TextEdit } from "./checker";
import { rfos } from "./language";

/** The kinds of the checker as the icons of completions. */
const ICONS: Readonly<Record<string, string>> = {
  contract: "class", function: "function", type: "type", keyword: "keyword", module: "namespace",
  parameter: "variable", field: "property", argument: "property", rule: "property", unit: "constant", asset: "constant",
};

export interface Heard {
  /** The text was checked. */
  checked(text: string, problems: readonly Problem[], contracts: readonly Contract[]): void;
  changed(): void;
}

export class Editor {
  readonly view: EditorView;
  private problems: readonly Problem[] = [];

  constructor(parent: HTMLElement, private readonly checker: Checker, heard: Heard) {
    const check = async (view: EditorView): Promise<Diagnostic[]> => {
      const text = view.state.doc.toString();
      const found = await this.checker.problems(text);
      if (text !== view.state.doc.toString()) return [];
      this.problems = found.problems;
      heard.checked(text, found.problems, found.contracts);
      return found.problems.map((each) => this.diagnostic(each));
    };
    this.view = new EditorView({
      parent,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection(),
        EditorState.tabSize.of(4), indentUnit.of("    "), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), highlightSelectionMatches(), rfos,
        lintGutter(), linter(check, { delay: 250 }),
        autocompletion({ override: [(context) => this.completions(context)], icons: true }),
        hoverTooltip((view, at) => this.hover(view, at), { hoverTime: 250 }),
        keymap.of([
          { key: "Shift-Alt-f", run: () => (void this.format(), true) },
          { key: "Mod-.", run: () => this.mend() },
          { key: "Tab", run: acceptCompletion },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap,
          indentWithTab,
        ]),
        EditorView.contentAttributes.of({ "aria-label": "Text of the contract", spellcheck: "false" }),
        EditorView.updateListener.of((update) => update.docChanged && heard.changed()),
      ],
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  show(text: string): void {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    this.check();
  }

  check(): void {
    forceLinting(this.view);
  }

  go(problem: Problem): void {
    const length = this.view.state.doc.length;
    const place = { anchor: Math.min(problem.from, length), head: Math.min(problem.to, length) };
    this.view.dispatch({ selection: place, scrollIntoView: true });
    this.view.focus();
  }

  apply(edits: readonly TextEdit[]): void {
    if (edits.length) this.view.dispatch({ changes: edits as ChangeSpec, userEvent: "input.mend" });
    this.check();
  }

  /** Lays the text out, unless it became another meanwhile. */
  async format(): Promise<void> {
    const text = this.text;
    const { edits } = await this.checker.format(text);
    if (text === this.text) this.apply(edits);
  }

  /** Makes the first mend of what is wrong at the cursor, or of the first problem that has one. */
  private mend(): boolean {
    const { head } = this.view.state.selection.main;
    const line = this.view.state.doc.lineAt(head).number;
    const mendable = this.problems.filter((each) => each.fixes.length);
    const chosen = mendable.find((each) => each.line === line) ?? mendable[0];
    if (chosen) this.apply(chosen.fixes[0]!.edits);
    return true;
  }

  private diagnostic(problem: Problem): Diagnostic {
    const end = this.view.state.doc.length;
    const from = Math.min(problem.from, end);
    return {
      from,
      to: Math.min(Math.max(problem.to, from), end),
      severity: problem.severity,
      message: problem.message,
      source: problem.code,
      renderMessage: () => toldProblem(problem),
      actions: problem.fixes.map((fix: Fix) => ({ name: fix.title, apply: () => this.apply(fix.edits) })),
    };
  }

  private async completions(context: CompletionContext): Promise<CompletionResult | null> {
    const before = context.matchBefore(/[A-Za-z_]\w*|\.|\(|: ?/);
    if (!before && !context.explicit) return null;
    const found = await this.checker.complete(context.state.doc.toString(), context.pos);
    if (!found.options.length) return null;
    return {
      from: found.from,
      validFor: /^\w*$/,
      options: found.options.map((each, rank) => ({
        label: each.label,
        apply: each.insert,
        detail: each.detail,
        info: each.doc || undefined,
        type: ICONS[each.kind] ?? "text",
        boost: Math.max(-99, 99 - rank),
      })),
    };
  }

  private async hover(view: EditorView, at: number): Promise<Tooltip | null> {
    const found = await this.checker.hover(view.state.doc.toString(), at);
    if (!found) return null;
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create: () => {
        const dom = node("div", "told");
        dom.append(...found.lines.map((each) => node("code", "", each)));
        if (found.doc) dom.append(node("p", "", found.doc));
        return { dom };
      },
    };
  }
}

function toldProblem(problem: Problem): HTMLElement {
  const dom = node("div", "told");
  const first = node("p", "");
  first.append(node("b", problem.severity, problem.code), ` ${problem.message}`);
  dom.append(first);
  if (problem.help) dom.append(node("p", "help", problem.help));
  return dom;
}

export function node<Name extends keyof HTMLElementTagNameMap>(name: Name, style: string, text = ""): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (style) made.className = style;
  if (text) made.textContent = text;
  return made;
}
