import type { ReusePolicy } from "../../arch-specs/index.js";
import { type Box, intersection, moved } from "./boxes.js";

/** What the instances of a kind hold, relative to the current origin and their places, and how they got there. */
export interface Held {
  readonly box: Box;
  /** The vector of the last move; null after a whole fill, when any vector may follow. */
  readonly sliding: readonly number[] | null;
  /** Made when first asked for. */
  name: string | null;
}
export type State = Held | null;

/** What a moving instance keeps, by the rules of the level's reuse, and the vector that may go on. */
export function keptBy(
  reuse: ReusePolicy,
  held: State,
  box: Box,
): { readonly kept: Box | null; readonly sliding: readonly number[] | null } {
  if (held === null || reuse === "none") return { kept: null, sliding: null };
  if (reuse === "overlap") return { kept: intersection(held.box, box), sliding: null };
  const vector = box.low.map((x, axis) => x - (held.box.low[axis] ?? 0));
  const goesOn = held.sliding === null || held.sliding.every((x, axis) => x === vector[axis]);
  return goesOn ? { kept: intersection(held.box, box), sliding: vector } : { kept: null, sliding: null };
}

function nameOf(held: State): string {
  if (held === null) return "-";
  held.name ??= `${held.box.low}|${held.box.high}|${held.sliding ?? ""}`;
  return held.name;
}

/** Names states: equal for equal ones. */
export const namesOf = (states: readonly State[]): string => states.map(nameOf).join(" ");

/** The same seen from an origin that moved the other way. */
export function shifted(held: State, step: readonly number[], times: number): State {
  if (held === null || times === 0 || step.every((s) => s === 0)) return held;
  return { box: moved(held.box, step, times), sliding: held.sliding, name: null };
}
