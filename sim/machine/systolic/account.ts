import { instancesOf, type StorageLevel } from "../../../arch-specs/index.js";
import type { LegalMapping } from "../../../mappings/index.js";
import { storageAt } from "../nest.js";
import { Bins } from "../timing/activity.js";
import { activityOf, nodeTimings } from "../timing/result.js";
import type { During, Timing, Wait } from "../timing/timing.js";
import { foldWork } from "./fold-work.js";
import type { SystolicPlan } from "./plan.js";
import type { Watch } from "./watch.js";

/** What the array does in a cycle: stationary words go in, a word of the stream is sent, the last ones go through, sums that stayed go out. */
export type ArrayStep = "load" | "stream" | "tail" | "unload";
export type Reason = Omit<Wait, "during" | "cycles">;

/** Where the cycles of a run on an array went, told as they pass: a cycle in which a word of the stream is sent is one of computing. */
export interface Account {
  /** Words on the link to or from the outer storage. */
  readonly transfer: (tensor: number, action: "fill" | "drain", from: number, to: number, words: number) => void;
  /** The array's next fold has so many rows and columns. */
  readonly fold: (rows: number, columns: number) => void;
  /** The array at work, with words that go between it and the buffer. */
  readonly work: (what: ArrayStep, from: number, cycles: number, words: number) => void;
  /** The array stands still. */
  readonly wait: (during: During, reason: Reason, from: number, to: number) => void;
  /** The tensor that the array reads most of in such a cycle. */
  readonly fedBy: (what: ArrayStep) => number;
  readonly end: (cycles: number) => Timing;
}

const COMPUTE = 0;

export function account(mapping: LegalMapping, { roles, sums }: SystolicPlan, watch: Watch): Account {
  const { architecture, layer } = mapping;
  const { feeder, registers, stationary, alongX, fanout } = roles;
  const output = layer.einsum.tensors.length - 1;
  const levels = [0, feeder, registers];
  const bins = new Bins([Number.POSITIVE_INFINITY, ...levels.map((level) => limitOf(storageAt(mapping, level)))]);
  const series = new Map(levels.map((level, i) => [level, 1 + i]));
  const atLevel = (level: number): number => series.get(level) ?? COMPUTE;
  const waits = waitsSoFar();
  const underWay = new Map<string, number>();
  const goes = (level: number, tensor: number, action: "fill" | "drain", cycles: number): void => {
    const key = `${level} ${tensor} ${action}`;
    underWay.set(key, (underWay.get(key) ?? 0) + cycles);
  };
  const inPipeline: Reason = { level: feeder, tensor: output, action: "results", cause: { kind: "latency" } };
  const throughArray = (action: "fill" | "drain", from: number, cycles: number): void => {
    goes(registers, stationary, action, cycles);
    bins.add(atLevel(registers), from, from + cycles, 1);
    const cause = { kind: "bandwidth", level: fanout, port: action === "fill" ? "down" : "up" } as const;
    waits.add({ level: registers, tensor: stationary, action, cause }, cycles);
  };
  let computing = 0;
  const ofFold = foldWork(
    (from, to, operations) => bins.add(COMPUTE, from, to, operations),
    // An operation reads the element's word; to a sum that stays it is written, too, and the first one reads nothing.
    (from, to, operations, isFirst) =>
      bins.add(atLevel(registers), from, to, sums === "flow" ? operations : 2 * operations - (isFirst ? 1 : 0)),
  );
  return {
    transfer: (tensor, action, from, to, words) => {
      for (const level of [0, feeder]) bins.add(atLevel(level), from, to, words);
      goes(feeder, tensor, action, to - from);
      watch.tile({ level: feeder, tensor }, action, from, to, words);
    },
    fold: (rows, columns) => {
      ofFold.end();
      ofFold.begin(rows, columns);
    },
    work: (what, from, cycles, words) => {
      const to = from + cycles;
      bins.add(atLevel(feeder), from, to, words);
      watch.saw(what === "load" || what === "stream" ? what : "drain", from, to);
      if (what === "load") throughArray("fill", from, cycles);
      else if (what === "unload") {
        ofFold.end();
        throughArray("drain", from, cycles);
      } else ofFold.goOn(from, to, what === "stream");
      if (what === "stream") {
        waits.during(computing === 0 ? "start-up" : "run");
        computing += cycles;
      } else if (what === "tail") waits.add(inPipeline, cycles);
    },
    wait: (during, reason, from, to) => {
      watch.waited({ during, ...reason, cycles: to - from }, from, to);
      waits.add(reason, to - from);
    },
    fedBy: (what) => (what === "load" ? stationary : alongX),
    end: (cycles) => {
      ofFold.end();
      waits.during("final drain");
      const all = waits.all();
      const sum = (during: During): number =>
        all.reduce((n, wait) => (wait.during === during ? n + wait.cycles : n), 0);
      const places = layer.einsum.tensors.flatMap((_, tensor) =>
        [0, feeder, ...(tensor === stationary ? [registers] : [])].map((level) => ({ level, tensor })),
      );
      const going = (level: number, tensor: number, action: "fill" | "drain"): number =>
        underWay.get(`${level} ${tensor} ${action}`) ?? 0;
      return {
        ...{ cycles, computing, waits: all },
        ...{ startUp: sum("start-up"), stalled: sum("run"), finalDrain: sum("final drain") },
        nodes: nodeTimings(
          places.map(({ level, tensor }) => ({
            ...{ level, tensor },
            ...{ fillsUnderWay: going(level, tensor, "fill"), drainsUnderWay: going(level, tensor, "drain") },
          })),
          { cycles, computing, waits: all },
        ),
        activity: activityOf(
          { bins, series, ticksPerCycle: 1 },
          cycles,
          instancesOf(architecture, architecture.levels.length - 1),
        ),
      };
    },
  };
}

/** Words that the ports of a storage let through in a cycle. */
const limitOf = ({ bandwidth: { read, write, shared } }: StorageLevel): number => Math.min(read + write, shared);

/** Waits by cause. What came since compute last worked is told of once it is known whether it works again. */
function waitsSoFar(): {
  readonly add: (reason: Reason, cycles: number) => void;
  readonly during: (during: During) => void;
  readonly all: () => readonly Wait[];
} {
  const found = new Map<string, { -readonly [K in keyof Wait]: Wait[K] }>();
  const recent: { readonly reason: Reason; cycles: number }[] = [];
  return {
    add: (reason, cycles) => {
      const last = recent.at(-1);
      if (last?.reason === reason) last.cycles += cycles;
      else if (cycles > 0) recent.push({ reason, cycles });
    },
    during: (during) => {
      for (const { reason, cycles } of recent) {
        const key = JSON.stringify([during, reason]);
        const known = found.get(key);
        if (known === undefined) found.set(key, { during, ...reason, cycles });
        else known.cycles += cycles;
      }
      recent.length = 0;
    },
    all: () => [...found.values()].sort((a, b) => b.cycles - a.cycles),
  };
}
