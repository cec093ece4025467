/** What is wrong, below the text: each problem with its code, its place pointed at, and its mends. */

import type { Problem } from "./checker";
import { node, type Editor } from "./editor";

export function showProblems(list: HTMLElement, problems: readonly Problem[], editor: Editor): void {
  list.hidden = problems.length === 0;
  list.replaceChildren(...problems.map((each) => entry(each, editor)));
}

function entry(problem: Problem, editor: Editor): HTMLElement {
  const made = node("article", `problem ${problem.severity}`);
  const heading = node("button", "where");
  heading.append(node("b", "code", problem.code), node("span", "message", problem.message), node("span", "line", `line ${problem.line}`));
  heading.title = "Go to its place";
  heading.onclick = () => editor.go(problem);
  const [, ...excerpt] = problem.rendered.split("\n");
  made.append(heading, node("pre", "", excerpt.join("\n")));
  const more = node("div", "more");
  more.append(
    ...problem.fixes.map((fix) => {
      const button = node("button", "fix", fix.title);
      button.onclick = () => editor.apply(fix.edits);
      return button;
    }),
  );
  if (problem.explanation) {
    const details = node("details", "");
    details.append(node("summary", "", "What this means"), ...problem.explanation.split("\n\n").map((each) => node("p", "", each)));
    more.append(details);
  }
  made.append(more);
  return made;
}
