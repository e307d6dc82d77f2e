/** What the plain machine moves, told phase by phase: the sums are those of the very messages that it merges and counts. */
import type { Einsum } from "../../../workloads/index.js";
import { at, wholeBox } from "../nest.js";
import { type Clock, clearAccesses, clearTiles, type Moves, noMoves } from "../timing/moves.js";
import type { Routes } from "../timing/routes.js";

/** Words by the place where they are counted: at the parents, then outside the second fan-out on the way, the third … */
export type Sums = ReadonlyMap<string, number>;

export class PlainRecorder {
  readonly clock: Clock;
  /** The number of each tensor's first place. */
  readonly firstPlaces: readonly number[];
  /** False where output words beyond the tensor are not counted: there no first accumulation is told apart. */
  readonly elides: boolean;
  phase: Moves;
  next: Moves;
  /** By tensor, by fan-outs left behind: words that compute asked for in the phase. */
  asked: Map<string, number>[][] = [];
  /** Output words of the phase that were written for the first time, by instance. */
  firsts: Map<string, number> = new Map();

  constructor(einsum: Einsum, routes: Routes, clock: Clock) {
    const last = einsum.tensors.length - 1;
    const { shape } = at(einsum.tensors, last);
    const whole = wholeBox(einsum, at(einsum.tensors, last));
    const isInside = whole.every(({ start, end }, axis) => start >= 0 && end <= at(shape, axis));
    this.elides = einsum.padding === "counted" || isInside;
    this.clock = clock;
    this.firstPlaces = routes.operands.map((_, t) => routes.places.findIndex(({ stage }) => stage.tensor === t));
    this.phase = noMoves(routes);
    this.next = noMoves(routes);
  }

  tile(tensor: number, node: number, direction: "down" | "up", near: readonly number[], stops: readonly Sums[]): void {
    const tile = at(this.next.tiles, at(this.firstPlaces, tensor) + node);
    const words = tile[direction];
    tile.isMoving = true;
    for (let j = 0; j < words.length - 1; j++) words[j] = most(at(stops, Math.max(0, j - 1)));
    words[words.length - 1] = Math.max(...near);
  }

  comesBack(tensor: number, node: number): void {
    at(this.next.tiles, at(this.firstPlaces, tensor) + node).returns = true;
  }

  /** The tiles of a step have moved; so many instances work in it. */
  step(operations: number): void {
    if (this.next.tiles.some(({ isMoving }) => isMoving)) {
      this.tell();
      [this.phase, this.next] = [this.next, this.phase];
      clearTiles(this.next);
      clearAccesses(this.phase);
      this.asked = [];
      this.firsts = new Map();
    }
    this.phase.steps++;
    this.phase.operations += operations;
  }

  access(tensor: number, stops: readonly Sums[]): void {
    const asked = this.asked[tensor] ?? stops.map(() => new Map<string, number>());
    this.asked[tensor] = asked;
    for (const [separate, sums] of stops.entries())
      for (const [place, words] of sums) at(asked, separate).set(place, (at(asked, separate).get(place) ?? 0) + words);
  }

  first(instance: string, words: number): void {
    this.firsts.set(instance, (this.firsts.get(instance) ?? 0) + words);
  }

  /** The phase at hand is over. */
  tell(): void {
    const { phase } = this;
    if (phase.steps === 0) return;
    for (const [t, access] of phase.accesses.entries()) {
      const asked = at(this.asked, t);
      const isOutput = t === phase.accesses.length - 1;
      const words = isOutput ? access.up : access.down;
      for (let j = 0; j < words.length - 1; j++) words[j] = most(at(asked, Math.max(0, j - 1)));
      if (!isOutput) continue;
      const elided = (instance: string): number => (this.elides ? (this.firsts.get(instance) ?? 0) : 0);
      const old = [...at(asked, 0)].map(([instance, updates]) => updates - elided(instance));
      access.down.fill(Math.max(0, ...old), 0, words.length - 1);
    }
    this.clock.phases(phase, 1);
  }
}

const most = (sums: Sums): number => Math.max(0, ...sums.values());
