/** The commands of the palette: they ask the server about the contract at the cursor. */

import * as vscode from "vscode";

import { shown, type Command } from "./answers";
import type { PayoffPanel } from "./payoff/panel";
import { symbolAt } from "./place";

/** Asks for the contract, or the test, at the cursor of the active editor. */
export async function askHere(command: Command): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== "rfos") {
    void vscode.window.showInformationMessage("Open an .rfos file first.");
    return;
  }
  const { uri } = editor.document;
  const tests = command === "rfos.test";
  const kind = tests ? vscode.SymbolKind.Function : vscode.SymbolKind.Class;
  const name = await nameAt(uri, editor.selection.active.line, kind);
  if (name === undefined) {
    void vscode.window.showInformationMessage(`This file has no ${tests ? "test" : "contract"} yet.`);
    return;
  }
  await vscode.commands.executeCommand(command, uri.toString(), name);
}

/** The contract (to the server a class) or the test (a function) at a line. */
async function nameAt(uri: vscode.Uri, line: number, kind: vscode.SymbolKind): Promise<string | undefined> {
  const told = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    "vscode.executeDocumentSymbolProvider",
    uri,
  );
  return symbolAt((told ?? []).filter((each) => each.kind === kind), line)?.name;
}

/** Shows what the server answered: a picture in the panel, a text in the output. */
export function show(command: Command, answer: unknown, panel: PayoffPanel, output: vscode.OutputChannel): void {
  const what = shown(command, answer);
  if (what === undefined) return;
  if (what.kind === "picture") {
    panel.show(what.payoff);
    return;
  }
  output.clear();
  output.appendLine(what.text || what.line);
  const tell = what.failed ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
  void tell(what.line, "Show All").then((chosen) => chosen && output.show(true));
}

/** Lets the user choose a market file, and keeps it in the settings of the workspace. */
export async function chooseMarket(): Promise<void> {
  const files = await vscode.workspace.findFiles("**/*.toml", "**/node_modules/**", 200);
  const items = files.map((file) => vscode.workspace.asRelativePath(file, false)).sort();
  const chosen = await vscode.window.showQuickPick(items, {
    placeHolder: "The file with spots, volatilities and rates",
  });
  if (chosen === undefined) return;
  const target = vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration("rfos").update("market", chosen, target);
}
