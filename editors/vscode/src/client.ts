/** The client of `rfos lsp`, started over stdio. */

import { homedir } from "node:os";
import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
} from "vscode-languageclient/node";

import { isCommand, type Command } from "./answers";
import { expanded } from "./place";

/** What is done with the answer to a command that a code lens, or the palette, asked for. */
export type OnAnswer = (command: Command, answer: unknown) => void;

export function newClient(onAnswer: OnAnswer): LanguageClient {
  return new LanguageClient("rfos", "rfos", server(), options(onAnswer));
}

function server(): ServerOptions {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const path = vscode.workspace.getConfiguration("rfos").get("path", "rfos");
  const command = expanded(path, folder, homedir());
  return { command, args: ["lsp"], options: { cwd: folder } };
}

function options(onAnswer: OnAnswer): LanguageClientOptions {
  return {
    documentSelector: [
      { scheme: "file", language: "rfos" },
      { scheme: "untitled", language: "rfos" },
    ],
    initializationOptions: { market: vscode.workspace.getConfiguration("rfos").get("market") || null },
    synchronize: { configurationSection: "rfos" },
    middleware: {
      executeCommand: async (command, sent, next) => {
        const answer: unknown = await next(command, sent);
        if (isCommand(command)) onAnswer(command, answer);
        return answer;
      },
    },
  };
}
