/** A mark beside each line of a spec: when its values are known. The server tells after each whole check. */

import { Disposable, ExtensionContext, Range, TextEditor, TextEditorDecorationType, window, workspace } from "vscode";

export const STAGES = ["const", "init", "step", "train"] as const;

/** What the server sends as `sotc/stages`; lines count from 0. */
export interface StagesOfFile {
  uri: string;
  stages: { line: number; stage: (typeof STAGES)[number] }[];
}

export class StageIcons implements Disposable {
  private readonly marks = new Map<string, TextEditorDecorationType>();
  private readonly known = new Map<string, StagesOfFile>();
  private readonly watching: Disposable[];

  constructor(context: ExtensionContext) {
    for (const stage of STAGES) {
      const gutterIconPath = context.asAbsolutePath(`icons/${stage}.svg`);
      this.marks.set(stage, window.createTextEditorDecorationType({ gutterIconPath, gutterIconSize: "contain" }));
    }
    this.watching = [
      window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => this.draw(editor))),
      workspace.onDidCloseTextDocument((document) => this.known.delete(document.uri.toString())),
    ];
  }

  update(found: StagesOfFile): void {
    const editors = window.visibleTextEditors.filter((editor) => sameFile(editor, found.uri));
    for (const editor of editors) {
      this.known.set(editor.document.uri.toString(), found);
      this.draw(editor);
    }
  }

  clear(): void {
    this.known.clear();
    window.visibleTextEditors.forEach((editor) => this.draw(editor));
  }

  dispose(): void {
    [...this.watching, ...this.marks.values()].forEach((each) => each.dispose());
  }

  private draw(editor: TextEditor): void {
    if (editor.document.languageId !== "sot") {
      return;
    }
    const lines = this.known.get(editor.document.uri.toString())?.stages ?? [];
    for (const [stage, mark] of this.marks) {
      const ranges = lines.filter((each) => each.stage === stage).map((each) => new Range(each.line, 0, each.line, 0));
      editor.setDecorations(mark, ranges);
    }
  }
}

function sameFile(editor: TextEditor, uri: string): boolean {
  return editor.document.uri.toString() === uri || editor.document.uri.toString(true) === uri;
}
