import { randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
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

/** The bytes of a file named on the command line. */
export function readBytes(file: string): Result<Uint8Array> {
  try {
    return ok(readFileSync(file));
  } catch (error) {
    return failed([unreadable(file, error)]);
  }
}

export function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** What stands at the path; undefined where nothing can be seen there, whatever the reason. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Makes the folder and writes a file there, then takes both back: a folder that cannot be written is known before long work, and nothing is left of a run that fails. */
export function checkWritable(folder: string): Result<void> {
  const made: string[] = [];
  try {
    makeFolder(folder, made);
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
  } finally {
    for (const empty of made.reverse()) rmdirSync(empty);
  }
}

/** Makes a folder and the missing ones above it, and tells which. Node's own recursion never ends where a file system (/proc) refuses with ENOENT. */
function makeFolder(folder: string, made: string[]): void {
  if (isFolder(folder)) return;
  try {
    mkdirSync(folder);
  } catch (error) {
    const above = dirname(folder);
    if (codeOf(error) !== "ENOENT" || isFolder(above)) throw error;
    makeFolder(above, made);
    mkdirSync(folder);
  }
  made.push(folder);
}

/** Writes a file whole or not at all: under a temporary name beside it, then renamed. Missing folders are made. */
export function writeWhole(file: string, text: string | Uint8Array): void {
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
  ["ENOENT", "it cannot be made there"],
  ["ENOSPC", "the disk is full"],
]);

function reasonOf(error: unknown): string {
  return REASONS.get(codeOf(error)) ?? (error instanceof Error ? error.message : String(error));
}
