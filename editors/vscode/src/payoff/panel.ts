/** The panel beside the editor: one for all contracts, showing the last that was asked for. */

import * as vscode from "vscode";

import { page } from "./page";
import type { Payoff } from "./payoff";

export class PayoffPanel {
  private panel: vscode.WebviewPanel | undefined;

  constructor(private readonly extension: vscode.Uri) {}

  show(payoff: Payoff): void {
    const panel = (this.panel ??= this.open());
    panel.title = `Payoff: ${payoff.contract}`;
    panel.reveal(vscode.ViewColumn.Beside, true);
    void panel.webview.postMessage(payoff);
  }

  private open(): vscode.WebviewPanel {
    const folder = vscode.Uri.joinPath(this.extension, "dist");
    const panel = vscode.window.createWebviewPanel(
      "rfos.payoff",
      "Payoff",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [folder], retainContextWhenHidden: true },
    );
    const address = (name: string) => String(panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)));
    panel.webview.html = page({
      script: address("view.js"),
      style: address("view.css"),
      allowed: panel.webview.cspSource,
    });
    panel.onDidDispose(() => (this.panel = undefined));
    return panel;
  }
}
