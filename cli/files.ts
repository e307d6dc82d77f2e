import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Diagnostic, didYouMean, failed, inArgument, ok, type Result } from "../base/index.js";

/** The text of a file named on the command line; what is in its way is told, with near names in its folder. */
export function readText(file: string): Result<string> {
  try {
    return ok(readFileSync(file, "utf8"));
  } catch (error) {
    return failed([unreadable(file, error)]);
  }
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Makes the folder and writes and removes a file there, so that a folder that cannot be written is known before long work. */
export function checkWritable(folder: string): Result<void> {
  try {
    mkdirSync(folder, { recursive: true });
    const probe = join(folder, `.loopwright-${randomUUID()}`);
    writeFileSync(probe, "");
    rmSync(probe);
    return ok(undefined);
  } catch (error) {
    return failed([
      {
        code: "file/not-writable",
        message: `cannot write into this folder: ${reasonOf(error)}`,
        at: inArgument(folder),
        hint: "choose another folder for --out",
      },
    ]);
  }
}

/** Writes a file whole or not at all: under a temporary name beside it, then renamed. Missing folders are made. */
export function writeWhole(file: string, text: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${basename(file)}-${randomUUID()}`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function unreadable(file: string, error: unknown): Diagnostic {
  if (codeOf(error) !== "ENOENT")
    return { code: "file/unreadable", message: `cannot read this: ${reasonOf(error)}`, at: inArgument(file) };
  const near = isFolder(dirname(file)) ? readdirSync(dirname(file)) : [];
  const guess = near.length === 0 ? "" : didYouMean(basename(file), near);
  return {
    code: "file/missing",
    message: "there is no such file",
    at: inArgument(file),
    ...(guess.startsWith("did") ? { hint: guess } : {}),
  };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

const REASONS: ReadonlyMap<string | undefined, string> = new Map([
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "it is a folder"],
  ["ENOTDIR", "a part of the path is not a folder"],
  ["EEXIST", "a file of that name is in the way"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "the disk is full"],
]);

function reasonOf(error: unknown): string {
  return REASONS.get(codeOf(error)) ?? (error instanceof Error ? error.message : String(error));
}
