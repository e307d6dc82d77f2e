import type { StorageLevel } from "../../../arch-specs/index.js";
import type { LegalMapping } from "../../../mappings/index.js";
import { storageAt } from "../nest.js";
import type { PortKind, WaitCause } from "../timing/timing.js";
import type { Account, ArrayStep, Reason } from "./account.js";
import { bufferPorts } from "./buffer-ports.js";

/**
 * When tiles arrive, cycle by cycle told: one link in each direction between the outer storage and the buffer, or one for both where the bandwidth is shared. The
 * next tile is on its way while the array works on the one before (a double buffer), or only when that is done (a single one). What passes the
 * buffer's ports, from either side, takes their time.
 */
export interface Arrivals {
  /** A stretch of the array's work begins as soon as these words are there, by tensor; what was left before it goes up meanwhile. */
  readonly begin: (filled: readonly number[], drained: number) => void;
  /** The array was at work, moving so many words from and to the buffer. */
  readonly work: (what: ArrayStep, cycles: number, read: number, written: number) => void;
  /** Everything has gone up. Cycles beside those at work, by what the array waited for. */
  readonly end: (drained: number) => Waiting;
}
export interface Waiting {
  /** Cycles until the first tile was there. */
  readonly start: number;
  /** For a tile, while the array was ready. */
  readonly tiles: number;
  /** For the buffer's own ports. */
  readonly buffer: number;
  /** After the array's last cycle, until the last output was in the outer storage. */
  readonly finish: number;
}

/** A tensor's words on the link. */
interface Passage {
  readonly tensor: number;
  readonly from: number;
  readonly to: number;
  /** Whether the link was free when they were asked for: only latency kept them. */
  readonly isFree: boolean;
}

/** `feeder`: the buffer's level. */
export function arrivals(mapping: LegalMapping, feeder: number, account: Account): Arrivals {
  const [outer, buffer] = [storageAt(mapping, 0), storageAt(mapping, feeder)];
  const output = mapping.layer.einsum.tensors.length - 1;
  const isDouble = buffer.buffering === "double";
  const [down, up] = [linkOf(outer, buffer, "down"), linkOf(outer, buffer, "up")];
  const ports = bufferPorts(buffer);
  const waiting = { start: 0, tiles: 0, buffer: 0, finish: 0 };
  let now = 0;
  let previousBegan = 0;
  let isFirst = true;

  const pass = (link: Link, tensor: number, words: number, asked: number): Passage => {
    const ready = asked + link.latency;
    const isFree = link.busyUntil <= ready;
    const from = Math.max(link.busyUntil, ready);
    const to = from + words / link.rate;
    for (const one of link.isShared ? [down, up] : [link]) one.busyUntil = to;
    account.transfer(tensor, link === down ? "fill" : "drain", from, to, words);
    return { tensor, from, to, isFree };
  };
  const drain = (words: number): void => {
    if (words === 0) return;
    pass(up, output, words, now);
    ports.late("read", words, now);
  };
  /** The array stands still until all of these have come: the words on the link kept it, or those before them, or the buffer's port. */
  const wait = (passages: readonly Passage[], until: number): void => {
    let since = now;
    const spend = (to: number, reason: Reason): void => {
      const end = Math.min(to, until);
      if (end <= since) return;
      account.wait(isFirst ? "start-up" : "run", reason, since, end);
      since = end;
    };
    for (const { tensor, from, to, isFree } of passages) {
      const into = { level: feeder, tensor, action: "fill" } as const;
      if (isFree) spend(from, { ...into, cause: { kind: "latency" } });
      else spend(from, { level: feeder, tensor: output, action: "drain", cause: causeOf(0, up.port) });
      spend(to, { ...into, cause: causeOf(0, down.port) });
    }
    const tensor = passages.at(-1)?.tensor ?? output;
    spend(until, { level: feeder, tensor, action: "fill", cause: causeOf(feeder, ports.kindOf("write")) });
    waiting[isFirst ? "start" : "tiles"] += until - now;
  };
  return {
    begin: (filled, drained) => {
      drain(drained);
      const passages: Passage[] = [];
      let arrived = now;
      for (const [tensor, words] of filled.entries()) {
        if (words === 0) {
          // Sums begin at nothing: their first tile is there at once.
          if (isFirst) account.transfer(tensor, "fill", now, now, 0);
          continue;
        }
        const passage = pass(down, tensor, words, isDouble ? previousBegan : now);
        const written = isDouble ? ports.early("write", words) : ports.late("write", words, now);
        arrived = Math.max(arrived, passage.to, written);
        passages.push(passage);
      }
      wait(passages, arrived);
      isFirst = false;
      now = arrived;
      previousBegan = now;
      ports.mark(now);
    },
    work: (what, cycles, read, written) => {
      const [hasRead, hasWritten] = [ports.late("read", read, now), ports.late("write", written, now)];
      const end = now + cycles;
      account.work(what, now, cycles, read + written);
      const ready = Math.max(end, hasRead, hasWritten);
      if (ready > end) {
        const [way, tensor] =
          hasRead >= hasWritten ? (["read", account.fedBy(what)] as const) : (["write", output] as const);
        account.wait(
          "run",
          { level: feeder, tensor, action: "operands", cause: causeOf(feeder, ports.kindOf(way)) },
          end,
          ready,
        );
      }
      waiting.buffer += ready - end;
      now = ready;
    },
    end: (drained) => {
      drain(drained);
      const [sent, served] = [Math.max(up.busyUntil, now), ports.done()];
      const finish = Math.max(sent, served);
      const cause = sent >= served ? causeOf(0, up.port) : causeOf(feeder, ports.kindOf("read"));
      account.wait("final drain", { level: feeder, tensor: output, action: "drain", cause }, now, finish);
      waiting.finish = finish - now;
      return waiting;
    },
  };
}

interface Link {
  readonly rate: number;
  readonly port: PortKind;
  readonly isShared: boolean;
  /** Cycles from a request to its first word at the other end. */
  readonly latency: number;
  busyUntil: number;
}

function linkOf(outer: StorageLevel, buffer: StorageLevel, direction: "down" | "up"): Link {
  const [there, here] = direction === "down" ? (["read", "write"] as const) : (["write", "read"] as const);
  const { [there]: own, shared } = outer.bandwidth;
  return {
    rate: Math.min(own, shared),
    port: shared <= own ? "shared" : there,
    isShared: Number.isFinite(shared),
    latency: (outer.latency?.[there] ?? 0) + (buffer.latency?.[here] ?? 0),
    busyUntil: 0,
  };
}

const causeOf = (level: number, port: PortKind): WaitCause => ({ kind: "bandwidth", level, port });
