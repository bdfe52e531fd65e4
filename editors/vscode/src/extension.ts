/** Starts the language server of sotc, and tells what to do where it is not installed. */

import { commands, ExtensionContext, window, workspace } from "vscode";
import { StageIcons, StagesOfFile } from "./stages";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;
let icons: StageIcons | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  icons = new StageIcons(context);
  context.subscriptions.push(icons, commands.registerCommand("sotc.restart", restart));
  context.subscriptions.push(
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("sotc.command")) {
        void restart();
      } else if (change.affectsConfiguration("sotc.stageIcons")) {
        icons?.clear(); // the next check draws them again, where they are wanted
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  icons?.clear();
  await client?.stop();
  client = undefined;
}

async function restart(): Promise<void> {
  await deactivate();
  await start();
}

async function start(): Promise<void> {
  const [command, ...args] = workspace.getConfiguration("sotc").get<string[]>("command", ["sotc", "lsp"]);
  const server: ServerOptions = { command, args };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "sot" }],
    initializationOptions: workspace.getConfiguration("sotc"),
    synchronize: { configurationSection: "sotc", fileEvents: workspace.createFileSystemWatcher("**/*.sot") },
  };
  client = new LanguageClient("sotc", "sot", server, options);
  client.onNotification("sotc/stages", (known: StagesOfFile) => icons?.update(known));
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    void window.showErrorMessage(
      `The language server could not be started (${[command, ...args].join(" ")}): ${error}. ` +
        "Install it with: pip install 'sotc[lsp]', and name it in the setting sotc.command.",
    );
  }
}
