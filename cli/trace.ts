import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { failed, inArgument, ok, type Result } from "../base/index.js";
import type { LegalMapping } from "../mappings/index.js";
import { TRACE_HEAD, TRACE_TAIL, traceSink } from "../reports/index.js";
import type { TraceWishes } from "../sim/machine/index.js";
import { checkWritable, isFolder } from "./files.js";
import { number, type Option, once, shown, text } from "./option.js";

/** The cycles of a run that a trace is to show. */
interface Window {
  readonly from: number;
  readonly to: number;
}

const ALL_OF_IT: Window = { from: 0, to: Number.POSITIVE_INFINITY };

export const traceOptions: {
  readonly trace: Option<string | null>;
  readonly "trace-window": Option<Window>;
  readonly "trace-every": Option<number | null>;
} = {
  trace: text(
    "FILE",
    "also writes what happens when, as a trace that Perfetto (ui.perfetto.dev) opens; 1 µs is 1 cycle",
  ),
  "trace-window": once<Window>(
    "FROM..TO",
    "only these cycles of each run: 1000..2000",
    ALL_OF_IT,
    (word, at, problems) => {
      const [, from = "", to = ""] = /^(\d*)\.\.(\d*)$/.exec(word) ?? [];
      const window = { from: Number(from), to: to === "" ? Number.POSITIVE_INFINITY : Number(to) };
      if (/^(\d*)\.\.(\d*)$/.test(word) && window.from < window.to) return window;
      problems.report("usage/not-a-window", `${at.path} needs two cycles, got ${shown(word)}`, at, "write 1000..2000");
      return ALL_OF_IT;
    },
  ),
  "trace-every": number("N", "only one tile in N of each place, and one phase in N of compute (1)", 1, "whole"),
};

export interface TraceOptions {
  readonly trace: string | null;
  readonly "trace-window": Window;
  readonly "trace-every": number | null;
}

/** A layer's share of a trace: written by its worker into a file of its own. */
export interface TracePart extends Window {
  readonly file: string;
  /** Sets the layer apart from the others. */
  readonly process: number;
  readonly every: number;
}

/** Makes sure, before long work, that the trace can be written. */
export function checkTrace({ trace }: TraceOptions): Result<void> {
  if (trace === null) return ok(undefined);
  const hint = "choose another file for --trace";
  if (isFolder(trace))
    return failed([{ code: "file/not-writable", message: `${trace} is a folder`, at: inArgument(trace), hint }]);
  const checked = checkWritable(dirname(trace));
  if (checked.ok) return checked;
  return { ok: false, errors: checked.errors.map((error) => ({ ...error, at: inArgument(trace), hint })) };
}

/** Where each of so many layers writes its part: beside the trace, under temporary names. */
export function partsOf(options: TraceOptions, layers: number): readonly (TracePart | null)[] {
  const { trace } = options;
  const id = randomUUID();
  return Array.from({ length: layers }, (_, i) => {
    if (trace === null) return null;
    const file = join(dirname(trace), `.${basename(trace)}-${id}-${i}`);
    return { file, process: i + 1, ...options["trace-window"], every: options["trace-every"] ?? 1 };
  });
}

const SEPARATOR = ",\n";
/** Characters that are collected before they are written. */
const CHUNK = 2 ** 18;

/** Runs something that is told where to send its events, which go to the part's file as they come. */
export function tracing<T>(part: TracePart, legal: LegalMapping, work: (wishes: TraceWishes) => T): T {
  const file = openSync(part.file, "w");
  let pending = "";
  let separator = "";
  const flush = (): void => {
    writeWholly(file, pending);
    pending = "";
  };
  try {
    const sink = traceSink(legal, part.process, (event) => {
      pending += separator + event;
      separator = SEPARATOR;
      if (pending.length > CHUNK) flush();
    });
    const done = work({ sink, from: part.from, to: part.to, every: part.every });
    flush();
    return done;
  } finally {
    closeSync(file);
  }
}

/** Joins the parts into the trace, which then takes its name; `isDone`: else they are thrown away. */
export function finishTrace({ trace }: TraceOptions, parts: readonly (TracePart | null)[], isDone: boolean): void {
  if (trace === null) return;
  const temporary = join(dirname(trace), `.${basename(trace)}-${randomUUID()}`);
  try {
    if (!isDone) return;
    writeJoined(temporary, parts);
    renameSync(temporary, trace);
  } finally {
    rmSync(temporary, { force: true });
    for (const part of parts) if (part !== null) rmSync(part.file, { force: true });
  }
}

function writeJoined(to: string, parts: readonly (TracePart | null)[]): void {
  const file = openSync(to, "w");
  try {
    writeWholly(file, TRACE_HEAD);
    let separator = "";
    for (const part of parts) {
      if (part === null) continue;
      const isEmpty = append(part.file, file, separator);
      if (!isEmpty) separator = SEPARATOR;
    }
    writeWholly(file, TRACE_TAIL);
  } finally {
    closeSync(file);
  }
}

/** Copies a file behind what is written already, piece by piece. Tells whether there was nothing. */
function append(from: string, to: number, separator: string): boolean {
  const source = openSync(from, "r");
  const buffer = Buffer.allocUnsafe(CHUNK);
  let before = separator;
  let isEmpty = true;
  try {
    for (let size = readSync(source, buffer); size > 0; size = readSync(source, buffer)) {
      if (before !== "") writeWholly(to, before);
      before = "";
      isEmpty = false;
      writeWholly(to, buffer.subarray(0, size));
    }
  } finally {
    closeSync(source);
  }
  return isEmpty;
}

/** Writes all of it; the system may take less at a time. */
function writeWholly(file: number, data: string | Buffer): void {
  let rest = typeof data === "string" ? Buffer.from(data) : data;
  while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
}
