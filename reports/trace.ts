/**
 * A run as a trace in the Chrome trace-event format, which Perfetto (ui.perfetto.dev) and chrome://tracing open: a process a layer, a
 * track a level and tensor, tiles as slices, what compute waits for by name and colour, words held and words a cycle as counters.
 * One cycle is shown as one microsecond.
 */
import { type LegalMapping, usage } from "../mappings/index.js";
import type { TracePlace, TraceSink, Wait } from "../sim/machine/index.js";
import { waitResult } from "./timing-result.js";

/** What stands before the first event and after the last; events are separated by a comma and a line's end. */
export const TRACE_HEAD = '{"displayTimeUnit":"ms","otherData":{"unit":"1 us is 1 cycle"},"traceEvents":[\n';
export const TRACE_TAIL = "\n]}\n";

/** Colours of chrome://tracing; Perfetto colours by name, and a stall's name is its cause. */
const COLOURS = {
  compute: "good",
  fill: "rail_load",
  drain: "rail_idle",
  load: "rail_load",
  stream: "good",
  bandwidth: "terrible",
  latency: "bad",
} as const;

interface Slice {
  readonly tid: number;
  /** What it shows, to filter by. */
  readonly cat: "compute" | "stall" | "fill" | "drain";
  readonly name: string;
  readonly cname: string;
}

// Numbers of tracks, none of which is that of a process: such a one Perfetto takes for a program's main thread.
const COMPUTE = 1001;
const WAITING = 1002;
const FIRST_PLACE = 1010;

/** Tells `write` every event as a line of JSON. `process` sets the layers of one file apart. */
export function traceSink(legal: LegalMapping, process: number, write: (event: string) => void): TraceSink {
  const { architecture, layer } = legal;
  const tracks = new Map<string, number>();
  const tiles = tileWords(legal);
  const event = (fields: Readonly<Record<string, unknown>>): void => write(JSON.stringify({ pid: process, ...fields }));
  const meta = (name: string, tid: number, args: Readonly<Record<string, unknown>>): void =>
    event({ ph: "M", name, tid, args });
  const track = (name: string, tid: number): number => {
    tracks.set(name, tid);
    meta("thread_name", tid, { name });
    meta("thread_sort_index", tid, { sort_index: tid });
    return tid;
  };
  const nameOf = ({ level, tensor }: TracePlace): string =>
    `${architecture.levels[level]?.name ?? ""} ${layer.einsum.tensors[tensor]?.name ?? ""}`;
  const slice = (
    { tid, cat, name, cname }: Slice,
    from: number,
    to: number,
    args: Readonly<Record<string, unknown>>,
  ): void =>
    event({
      ...{ ph: "X", tid, cat, name, cname, args },
      ts: microseconds(nanoseconds(from)),
      dur: microseconds(nanoseconds(to) - nanoseconds(from)),
    });
  const counter = (name: string, unit: string, at: number, value: number): void =>
    event({ ph: "C", tid: 0, name, ts: microseconds(nanoseconds(at)), args: { [unit]: value } });

  meta("process_name", 0, { name: `${layer.name} on ${architecture.name}` });
  meta("process_sort_index", 0, { sort_index: process });
  track("compute", COMPUTE);
  track("waiting", WAITING);
  return {
    compute(index, from, to, steps) {
      slice({ tid: COMPUTE, cat: "compute", name: `phase ${index}`, cname: COLOURS.compute }, from, to, { steps });
    },
    stall(wait, from, to) {
      const cname = COLOURS[wait.cause.kind];
      const told = { ...waitResult(wait, legal) };
      slice({ tid: WAITING, cat: "stall", name: stallName(wait, legal), cname }, from, to, told);
    },
    array(work, fold, from, to) {
      slice({ tid: COMPUTE, cat: "compute", name: work, cname: COLOURS[work] }, from, to, { fold });
    },
    tile(place, { action, index, words, from, to, flowing }) {
      const name = nameOf(place);
      const row = `${name} ${action}s`;
      const tid =
        tracks.get(row) ?? track(row, FIRST_PLACE + 2 * placeNumber(legal, place) + (action === "fill" ? 0 : 1));
      const tensor = layer.einsum.tensors[place.tensor]?.name ?? "";
      if (words > 0)
        slice({ tid, cat: action, name: `${tensor} ${index}`, cname: COLOURS[action] }, from, to, { words });
      const held = tiles.get(name) ?? words;
      if (action === "fill") {
        // In a single buffer the words that come take the place of those that were there.
        const beside = isDouble(legal, place) ? held : held - words;
        counter(`${name} occupancy`, "words", from, index === 0 ? words : beside + words);
        counter(`${name} occupancy`, "words", to, held);
      }
      if (to === flowing) return;
      counter(`${name} ${action} bandwidth`, "words/cycle", flowing, words / (to - flowing));
      counter(`${name} ${action} bandwidth`, "words/cycle", to, 0);
    },
  };
}

/** Nanoseconds: what Perfetto counts in, and drops slices that overlap by one. A cycle is shown as 1000 of them. */
const nanoseconds = (cycles: number): number => Math.round(1000 * cycles);

/** Microseconds, as the format has them, of whole nanoseconds, whether who reads them rounds or cuts off what is less. */
function microseconds(ns: number): number {
  const us = ns / 1000;
  return Math.trunc(us * 1000) === ns ? us : (ns + 0.25) / 1000;
}

/** What is waited for and why, in the fewest words: stalls of one cause look alike. */
function stallName(wait: Wait, legal: LegalMapping): string {
  const { action, tensor, level, cause } = waitResult(wait, legal);
  const what =
    action === "fill" ? `${tensor} into ${level}` : action === "drain" ? `${tensor} out of ${level}` : action;
  return `${cause}: ${what}`;
}

/** Levels from the outside in, their tensors in order. */
const placeNumber = ({ layer }: LegalMapping, { level, tensor }: TracePlace): number =>
  level * layer.einsum.tensors.length + tensor;

function isDouble({ architecture }: LegalMapping, { level }: TracePlace): boolean {
  const one = architecture.levels[level];
  return one?.kind === "storage" && one.buffering === "double";
}

function tileWords(legal: LegalMapping): ReadonlyMap<string, number> {
  return new Map(
    usage(legal).flatMap((level) => level.tensors.map(({ name, words }) => [`${level.name} ${name}`, words] as const)),
  );
}
