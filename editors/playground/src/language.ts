/** Colours by the words of the language: the rules of the TextMate grammar, which are tried in order. */

import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StringStream } from "@codemirror/language";
import { Tag, tags } from "@lezer/highlight";
import grammar from "../../vscode/syntaxes/rfos.tmLanguage.json";

interface Rule {
  readonly match: string;
  readonly name?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

/** By the beginnings of scopes, the longest that fits. */
const TAGS: Readonly<Record<string, Tag>> = {
  "comment.block": tags.docComment,
  comment: tags.lineComment,
  string: tags.string,
  "constant.numeric": tags.number,
  constant: tags.atom,
  "keyword.other.unit": tags.unit,
  "keyword.operator.logical": tags.keyword,
  "keyword.operator": tags.operator,
  keyword: tags.keyword,
  "storage.type": tags.definitionKeyword,
  "support.type": tags.typeName,
  "support.constant": tags.atom,
  "support.function": tags.standard(tags.variableName),
  "entity.name.type": tags.className,
  "entity.name.function": tags.function(tags.variableName),
  "variable.language": tags.standard(tags.variableName),
  "variable.parameter": tags.labelName,
  "variable.other.property": tags.propertyName,
  variable: tags.variableName,
  punctuation: tags.punctuation,
  invalid: tags.invalid,
};

const RULES = (grammar.patterns as Rule[]).map((rule) => ({ rule, pattern: new RegExp(rule.match, "yd") }));

interface State {
  /** What is left of a rule with several parts: where each ends on its line, and its scope. */
  parts: { end: number; scope: string }[];
  /** How many brackets are open. */
  depth: number;
}

function token(stream: StringStream, state: State): string | null {
  const part = state.parts.shift();
  if (part) return stretch(stream, part.end, part.scope);
  for (const { rule, pattern } of RULES) {
    pattern.lastIndex = stream.pos;
    const match = pattern.exec(stream.string);
    if (!match?.[0]) continue;
    if (!rule.captures) return stretch(stream, pattern.lastIndex, rule.name ?? "");
    let end = stream.pos;
    for (const [group, { name }] of Object.entries(rule.captures)) {
      const [first, last] = match.indices![Number(group)]!;
      if (first > end) state.parts.push({ end: first, scope: "" });
      state.parts.push({ end: last, scope: name });
      end = last;
    }
    const first = state.parts.shift()!;
    return stretch(stream, first.end, first.scope);
  }
  stream.next();
  return null;
}

function stretch(stream: StringStream, end: number, scope: string): string | null {
  stream.pos = end;
  const words = scope.split(".");
  for (let length = words.length; length > 0; length--) {
    const name = words.slice(0, length).join(".");
    if (name in TAGS) return name.replaceAll(".", "_");
  }
  return null;
}

const language = StreamLanguage.define<State>({
  name: "rfos",
  startState: () => ({ parts: [], depth: 0 }),
  copyState: ({ parts, depth }) => ({ parts: [...parts], depth }),
  token(stream, state) {
    if (stream.sol()) state.parts = [];
    const found = token(stream, state);
    if (found === "punctuation") state.depth += { "(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1 }[stream.current()] ?? 0;
    return found;
  },
  tokenTable: Object.fromEntries(Object.entries(TAGS).map(([scope, tag]) => [scope.replaceAll(".", "_"), tag])),
  languageData: { commentTokens: { line: "//" }, closeBrackets: { brackets: ["(", "[", "{", '"'] }, indentOnInput: /^\s*[})\]]$/ },
  indent: ({ depth }, textAfter, { unit }) => unit * Math.max(0, depth - (/^\s*[)}\]]/.test(textAfter) ? 1 : 0)),
});

const colour = (name: string) => ({ color: `var(--${name})` });

const colours = HighlightStyle.define([
  { tag: [tags.lineComment], ...colour("comment"), fontStyle: "italic" },
  { tag: tags.docComment, ...colour("documentation"), fontStyle: "italic" },
  { tag: tags.string, ...colour("string") },
  { tag: [tags.number, tags.atom], ...colour("number") },
  { tag: [tags.unit, tags.typeName], ...colour("type") },
  { tag: [tags.keyword, tags.definitionKeyword], ...colour("keyword") },
  { tag: tags.className, ...colour("declared"), fontWeight: "600" },
  { tag: [tags.standard(tags.variableName), tags.function(tags.variableName)], ...colour("function") },
  { tag: [tags.labelName, tags.propertyName], ...colour("label") },
  { tag: [tags.punctuation, tags.operator], ...colour("sign") },
  { tag: tags.invalid, ...colour("loss") },
]);

export const rfos = [language, syntaxHighlighting(colours)];
