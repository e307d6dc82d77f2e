/**
 * Tells the clock what the fast machine moves where all loops divide evenly. There a step's moves are one of a few kinds: which tiles
 * move is decided by the loop that moved on, how by the plan that each follows and by whether its words were here before. So a
 * phase is told by its kind, and rows of phases (the iterations of the innermost loop that moves any tile) are told together while they are alike.
 */
import { type Moves, noMoves, type RowClock, type RowPart } from "../timing/moves.js";
import type { Routes } from "../timing/routes.js";
import type { Chain, Station } from "./chain.kernel.js";
import type { Computes, Demand } from "./compute.kernel.js";
import type { Plan } from "./plans.kernel.js";
import { Recorder, returns } from "./recorder.kernel.js";
import type { Segment } from "./segments.js";
import type { Sliding } from "./sweep.kernel.js";

interface Mover {
  readonly place: number;
  readonly chain: Chain;
  readonly station: Station;
}

/** Tiles that move at the beginning of a phase, and the phases that began so. */
interface Beginning {
  readonly changed: number;
  readonly plans: readonly (Plan | null)[];
  /** Words that come, by mover. */
  readonly words: readonly number[];
  readonly phases: Phase[];
}
interface Phase {
  /** Runs of the block, and output words written for the first time in it. */
  readonly runs: number;
  readonly fresh: number;
  readonly moves: Moves;
}

/** A row is told at the latest when it has so many parts. */
const LONGEST = 1024;

export class EvenRecorder {
  readonly base: Recorder;
  readonly routes: Routes;
  readonly clock: RowClock;
  readonly computes: Computes;
  /** By position of the loop that moved on, plus 1; those of the first step in front. */
  readonly movers: readonly (readonly Mover[])[];
  readonly beginnings: readonly Beginning[][];
  /** The innermost loop that moves any tile. */
  readonly innermost: number;
  changed = -1;
  current: Beginning | null = null;
  sliding: Beginning | null = null;
  runs = 0;
  fresh = 0;
  touched = 0;
  segment: Segment | null = null;
  demands: readonly Demand[] = [];
  /** The row at hand, and the one before with how often it came. */
  row: RowPart[] = [];
  before: RowPart[] = [];
  times = 0;

  constructor(routes: Routes, chains: readonly Chain[], computes: Computes, clock: RowClock, positions: number) {
    this.base = new Recorder(routes, chains, computes, clock);
    this.routes = routes;
    this.clock = clock;
    this.computes = computes;
    const all = chains.flatMap((chain, t) =>
      chain.stations.map((station, s): Mover => ({ place: this.base.firstPlaces[t]! + s, chain, station })).slice(1),
    );
    const at = (position: number): readonly Mover[] =>
      all.filter(({ station }) => (station.deltas?.[position] ?? null) !== null);
    this.movers = [all, ...Array.from({ length: positions }, (_, p) => at(p))];
    this.beginnings = this.movers.map(() => []);
    this.innermost = this.movers.findLastIndex((movers, p) => p > 0 && movers.length > 0) - 1;
  }

  /** A step begins, in which the loop at this position was the outermost that moved on. */
  begin(changed: number): void {
    this.changed = changed;
  }

  /** Compute has asked for what a step needs. */
  ask(segment: Segment, demands: readonly Demand[]): void {
    this.segment = segment;
    this.demands = demands;
    const movers = this.movers[this.changed + 1]!;
    if (movers.length === 0 && this.current !== null) this.run();
    else this.turn(this.beginningOf(this.changed, movers));
  }

  /** One of the steps that are done in one call. */
  sweep(): void {
    if (this.sliding === null) this.run();
    else this.turn(this.sliding);
  }

  turn(next: Beginning): void {
    this.close();
    this.current = next;
    this.runs = 0;
    this.fresh = 0;
    this.run();
  }

  /** A run of the block, in the phase at hand. */
  run(): void {
    const { count } = this.computes.layout.ports[this.demands.length - 1]!.holder.cohorts[0]!.touched;
    this.runs++;
    this.fresh += count - this.touched;
    this.touched = count;
  }

  beginningOf(changed: number, movers: readonly Mover[]): Beginning {
    const known = this.beginnings[changed + 1]!;
    for (let b = 0; b < known.length; b++) {
      const { plans, words } = known[b]!;
      let isSame = true;
      for (let m = 0; m < movers.length && isSame; m++) {
        const cohort = movers[m]!.station.node.cohorts[0]!;
        isSame = cohort.plan === plans[m] && cohort.moved.words === words[m];
      }
      if (isSame) return known[b]!;
    }
    const cohorts = movers.map(({ station }) => station.node.cohorts[0]!);
    const found: Beginning = {
      changed,
      plans: cohorts.map(({ plan }) => plan),
      words: cohorts.map(({ moved }) => moved.words),
      phases: [],
    };
    known.push(found);
    return found;
  }

  /** Steps begin that are done in one call, each with these moves. */
  slide(sliding: readonly Sliding[], position: number): void {
    this.sliding = null;
    if (sliding.length === 0) return;
    const known = this.beginnings[position + 1]!;
    const plans = sliding.map(({ plan }) => plan);
    const words = sliding.map(({ plan, isFetched }) => (isFetched ? plan.requested.words : 0));
    const isSame = (one: Beginning): boolean =>
      one.plans.every((plan, m) => plan === plans[m]) && one.words.every((n, m) => n === words[m]);
    let found = known.find(isSame);
    if (found === undefined) {
      found = { changed: position, plans, words, phases: [] };
      known.push(found);
    }
    this.sliding = found;
  }

  /** The phase at hand is over. */
  close(): void {
    const { current, runs, fresh } = this;
    if (current === null) return;
    const { phases } = current;
    let phase: Phase | null = null;
    for (let p = 0; p < phases.length; p++)
      if (phases[p]!.runs === runs && phases[p]!.fresh === fresh) phase = phases[p]!;
    if (phase === null) {
      phase = { runs, fresh, moves: this.movesOf(current) };
      phases.push(phase);
    }
    if (current.changed < this.innermost || this.row.length >= LONGEST) this.endRow();
    const last = this.row[this.row.length - 1];
    if (last !== undefined && last.moves === phase.moves) last.count++;
    else this.row.push({ moves: phase.moves, count: 1 });
  }

  movesOf({ changed, plans, words }: Beginning): Moves {
    const { base, computes, segment, demands, runs, fresh } = this;
    const moves = noMoves(this.routes);
    for (const [m, { place, chain, station }] of this.movers[changed + 1]!.entries()) {
      const tile = moves.tiles[place]!;
      const cohort = station.node.cohorts[0]!;
      const plan = plans[m]!;
      tile.isMoving = true;
      tile.down[tile.down.length - 1] = words[m]!;
      base.scale(tile.down, place, "down", station.down, cohort, words[m]!);
      if (!chain.isOutput || plan === null) continue;
      tile.up[tile.up.length - 1] = plan.drained.words;
      base.scale(tile.up, place, "up", station.up, cohort, plan.drained.words);
      tile.returns = returns(plan);
    }
    moves.steps = runs * segment!.steps;
    moves.operations = moves.steps * computes.layout.cohorts[0]!.count;
    const each = base.eachOf(segment!, demands);
    for (const [t, access] of moves.accesses.entries()) {
      const isOutput = t === moves.accesses.length - 1;
      const asked = isOutput ? access.up : access.down;
      for (let j = 0; j < each[t]!.length; j++) asked[j] = runs * each[t]![j]!;
      if (isOutput) access.down.fill(asked[0]! - fresh, 0, each[t]!.length);
    }
    return moves;
  }

  /** The row at hand is over: it is like the one before, or the one before is told. */
  endRow(): void {
    const { row, before } = this;
    if (row.length === 0) return;
    let isLike = row.length === before.length;
    for (let i = 0; i < row.length && isLike; i++)
      isLike = row[i]!.moves === before[i]!.moves && row[i]!.count === before[i]!.count;
    if (isLike) this.times++;
    else {
      this.tell();
      [this.before, this.row] = [row, before];
      this.times = 1;
    }
    this.row.length = 0;
  }

  tell(): void {
    if (this.times > 0) this.clock.rows(this.before, this.times);
    this.times = 0;
  }

  /** All steps are done; the last tiles are about to leave. */
  closing(): void {
    this.close();
    this.current = null;
    this.endRow();
    this.tell();
    for (const chain of this.base.chains) chain.recorder = this.base;
    this.base.begin();
  }

  finish(): Moves {
    return this.base.next;
  }
}
