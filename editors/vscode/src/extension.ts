/** The extension: a client of the language server, the commands, the payoff panel. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { COMMANDS } from "./answers";
import { newClient } from "./client";
import { askHere, chooseMarket, show } from "./commands";
import { PayoffPanel } from "./payoff/panel";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("rfos answers");
  const panel = new PayoffPanel(context.extensionUri);
  const start = async () => {
    client = newClient((command, answer) => show(command, answer, panel, output));
    await client.start().catch(cannotStart);
  };
  context.subscriptions.push(
    output,
    ...COMMANDS.map((command) =>
      vscode.commands.registerCommand(command.replace("rfos.", "rfos.here."), () => askHere(command)),
    ),
    vscode.commands.registerCommand("rfos.chooseMarket", chooseMarket),
    vscode.commands.registerCommand("rfos.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("rfos.path")) void vscode.commands.executeCommand("rfos.restart");
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.needsStop()) await running.stop();
}

async function cannotStart(): Promise<void> {
  const settings = "Open Settings";
  const chosen = await vscode.window.showErrorMessage(
    "The command `rfos` could not be started. Install it, or say in the settings where it is.",
    settings,
  );
  if (chosen === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "rfos.path");
}
