/** Cycles in which compute waited, added up by cause. */
import { at } from "../nest.js";
import type { Routes } from "./routes.js";
import type { During, Wait, WaitAction, WaitCause } from "./timing.js";

export const START_UP = 0;
export const RUN = 1;
export const FINAL_DRAIN = 2;
const DURING: readonly During[] = ["start-up", "run", "final drain"];
export const FILL = 0;
export const DRAIN = 1;
export const OPERANDS = 2;
export const RESULTS = 3;
const ACTIONS: readonly WaitAction[] = ["fill", "drain", "operands", "results"];

export class Waits {
  readonly routes: Routes;
  /** The number of the cause that is no port. */
  readonly latency: number;
  readonly causes: number;
  /** Ticks by during, place, action, cause. */
  readonly ticks: Float64Array;
  /** What was added since this was last emptied, latest first: slot and ticks. Kept for traces only. */
  readonly recent: { readonly slot: number; readonly ticks: number }[] | null;

  constructor(routes: Routes, recalls = false) {
    this.routes = routes;
    this.latency = routes.ports.length;
    this.causes = routes.ports.length + 1;
    this.ticks = new Float64Array(DURING.length * routes.places.length * ACTIONS.length * this.causes);
    this.recent = recalls ? [] : null;
  }

  add(during: number, place: number, action: number, cause: number, ticks: number): void {
    if (ticks <= 0) return;
    const { routes, causes } = this;
    const slot = ((during * routes.places.length + place) * ACTIONS.length + action) * causes + cause;
    this.ticks[slot] = (this.ticks[slot] ?? 0) + ticks;
    this.recent?.push({ slot, ticks });
  }

  /** A slot of `ticks` with so many of them, in cycles. */
  waitOf(slot: number, ticks: number): Wait {
    const { causes, routes } = this;
    const action = Math.floor(slot / causes) % ACTIONS.length;
    const rest = Math.floor(slot / causes / ACTIONS.length);
    const { stage } = at(routes.places, rest % routes.places.length);
    return {
      during: at(DURING, Math.floor(rest / routes.places.length)),
      ...{ level: stage.level, tensor: stage.tensor },
      action: at(ACTIONS, action),
      cause: this.causeOf(slot % causes),
      cycles: ticks / routes.ticksPerCycle,
    };
  }

  causeOf(cause: number): WaitCause {
    const port = this.routes.ports[cause];
    return port === undefined ? { kind: "latency" } : { kind: "bandwidth", level: port.level, port: port.kind };
  }

  ticksDuring(during: During): number {
    const size = this.ticks.length / DURING.length;
    const from = DURING.indexOf(during) * size;
    return this.ticks.subarray(from, from + size).reduce((a, b) => a + b, 0);
  }

  /** All that were waited for, the longest first. */
  all(): readonly Wait[] {
    const found: Wait[] = [];
    for (const [slot, ticks] of this.ticks.entries()) if (ticks > 0) found.push(this.waitOf(slot, ticks));
    return found.sort((a, b) => b.cycles - a.cycles);
  }
}
