/** Which contract stands at a line of a file, of the symbols that the server tells. */

export interface Symbol {
  readonly name: string;
  readonly range: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
}

/** The symbol that holds the line, else the last one before it, else the first of the file. */
export function symbolAt<Kind extends Symbol>(symbols: readonly Kind[], line: number): Kind | undefined {
  const inOrder = [...symbols].sort((left, right) => left.range.start.line - right.range.start.line);
  const before = inOrder.filter((each) => each.range.start.line <= line);
  return before.find((each) => line <= each.range.end.line) ?? before.at(-1) ?? inOrder[0];
}

/** `${workspaceFolder}` and `~` in a path of the settings. */
export function expanded(path: string, folder: string | undefined, home: string): string {
  return path.replaceAll("${workspaceFolder}", folder ?? ".").replace(/^~(?=\/|$)/, home);
}
