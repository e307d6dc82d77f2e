import type { StorageLevel } from "../../../arch-specs/index.js";
import type { PortKind } from "../timing/timing.js";

type Way = "read" | "write";

/**
 * The time that the ports of a buffer have, in order of need (docs/timing.md, rule 8): all that is needed so far is done at the largest, over times
 * r, of r + the time of what was asked for at r or later.
 */
export interface BufferPorts {
  /** From now on `early` means: asked for now. */
  readonly mark: (now: number) => void;
  /** Words asked for at a time that nothing was asked for after. When all that is needed so far is done. */
  readonly late: (way: Way, words: number, now: number) => number;
  /** Words asked for at the mark. */
  readonly early: (way: Way, words: number) => number;
  readonly done: () => number;
  /** The port that words this way wait for longest. */
  readonly kindOf: (way: Way) => PortKind;
}

interface Port {
  readonly rate: number;
  readonly kind: PortKind;
  done: number;
  /** The same of what was asked for at the mark or later, and of nothing that was asked for between then and now. */
  budget: number;
}

export function bufferPorts({ bandwidth }: StorageLevel): BufferPorts {
  const isUnlimited = Object.values(bandwidth).every((rate) => rate === Number.POSITIVE_INFINITY);
  return isUnlimited ? UNLIMITED : limitedPorts(bandwidth);
}

/** Whatever is asked of them is done at once. */
const UNLIMITED: BufferPorts = {
  mark: () => undefined,
  late: (_way, _words, now) => now,
  early: () => 0,
  done: () => 0,
  kindOf: (way) => way,
};

function limitedPorts(bandwidth: StorageLevel["bandwidth"]): BufferPorts {
  const portOf = (kind: PortKind, rate: number): Port => ({ kind, rate, done: 0, budget: 0 });
  const shared = portOf("shared", bandwidth.shared);
  const ways = {
    read: [portOf("read", bandwidth.read), shared],
    write: [portOf("write", bandwidth.write), shared],
  } as const;
  const all = [ways.read[0], ways.write[0], shared];
  const latest = (ports: readonly Port[]): number => ports.reduce((time, { done }) => Math.max(time, done), 0);
  return {
    mark: (now) => {
      for (const port of all) port.budget = Math.max(port.done, now);
    },
    late: (way, words, now) => {
      for (const port of ways[way]) {
        const time = words / port.rate;
        port.budget += time;
        port.done = Math.max(port.done, now) + time;
      }
      return latest(ways[way]);
    },
    early: (way, words) => {
      for (const port of ways[way]) {
        port.budget += words / port.rate;
        port.done = Math.max(port.done, port.budget);
      }
      return latest(ways[way]);
    },
    done: () => latest(all),
    kindOf: (way) => (ways[way][0].done >= shared.done ? way : "shared"),
  };
}
