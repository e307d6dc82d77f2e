import { distinctAtom, isStarting, type Setting, type Transfer } from "./atoms.js";
import type { ChainLoop } from "./chains.js";
import { nodePosition } from "./orders.js";
import { type Problem, shares } from "./problem.js";
import type { Rules } from "./rules.js";

/** A transfer of a tensor in an axis of which variables of a group meet. */
interface Meeting {
  readonly transfer: Transfer;
  readonly isOutput: boolean;
  /** Spatial loops between these positions make classes. */
  readonly above: number;
  readonly below: number;
  /** Per variable of the layer: the shifts along the axes, as one number that tells all of them apart, when it advances by 1. */
  readonly steps: Float64Array;
  /** Per variable of the layer: 1 if its loops make no classes. */
  readonly isIdle: Uint8Array;
  /** Per fan-out and axis (x, y): 1 where equal requests, or drains, are shared. */
  readonly multicast: Uint8Array;
  readonly reduction: Uint8Array;
}

/**
 * What spatial loops of coupled variables make together: classes of equal requests and drains, and copies that cross fan-outs (atoms.ts). Per transfer, in
 * the order of `jointAtoms`: distinct words, requests, drains, and for each fan-out copies that cross it downwards and upwards.
 */
export class Classes {
  private readonly setting: Setting;
  private readonly group: number;
  private readonly meetings: readonly Meeting[];
  private readonly fanouts: number;
  private readonly joins: Rules["joins"];
  /** The spatial loops between the ends of the present transfer: iterations, step, fan-out, and whether requests, or drains, are shared. */
  private readonly counts = new Float64Array(64);
  private readonly steps = new Float64Array(64);
  private readonly fanoutOf = new Int32Array(64);
  private readonly isShared = new Uint8Array(64);
  private loops = 0;
  /** Loops whose classes may be one, and the sums of their steps. */
  private readonly together = new Int32Array(64);
  private sums = new Float64Array(256);

  constructor(setting: Setting, group: number) {
    const { problem } = setting;
    this.setting = setting;
    this.group = group;
    this.fanouts = problem.fanouts.length;
    this.joins = problem.rules.joins;
    this.meetings = setting.transfers
      .filter(({ tensor }) => (problem.axes[tensor]?.[group] ?? []).some(({ variables }) => variables.length > 1))
      .map((transfer) => meetingOf(setting, group, transfer));
  }

  /** Writes the logs from `at` on; `loops`: of all variables of the group. */
  write(loops: readonly ChainLoop[], to: Float64Array, at: number): void {
    const { meetings, fanouts } = this;
    for (let m = 0; m < meetings.length; m++, at += 3 + 2 * fanouts) {
      const meeting = meetings[m]!;
      to.fill(0, at, at + 3 + 2 * fanouts);
      if (meeting.isOutput) {
        to[at] = Math.log(distinctAtom(this.setting, meeting.transfer, this.group, loops));
        this.select(meeting, loops, meeting.reduction);
        to[at + 2] = Math.log(this.classes());
        for (let f = 0; f < fanouts; f++) to[at + 4 + 2 * f] = Math.log(this.made(-1, f));
      }
      this.select(meeting, loops, meeting.multicast);
      to[at + 1] = Math.log(this.classes());
      for (let f = 0; f < fanouts; f++) to[at + 3 + 2 * f] = Math.log(this.made(-1, f));
    }
  }

  private select(
    { above, below, steps, isIdle }: Meeting,
    loops: readonly ChainLoop[],
    isSharedAlong: Uint8Array,
  ): void {
    let n = 0;
    for (let i = 0; i < loops.length; i++) {
      const { place, position, variable, count, by, fanout, axis } = loops[i]!;
      if (place >= 0 || position <= above || position >= below || isIdle[variable] === 1) continue;
      this.counts[n] = count;
      this.steps[n] = steps[variable]! * by;
      this.fanoutOf[n] = fanout;
      this.isShared[n++] = isSharedAlong[2 * fanout + (axis === "x" ? 0 : 1)]!;
    }
    this.loops = n;
  }

  /**
   * Classes under the conventions: Timeloop tells equal requests below one instance of the next storage out, and every fan-out ends at a storage,
   * used or not; AccelForge shares only what spatial loops over other variables repeat.
   */
  private classes(): number {
    const { counts, steps, isShared, loops, fanouts, joins } = this;
    if (joins === "all") return this.made(-1, -1);
    let classes = 1;
    if (joins === "fan-out by fan-out") for (let f = 0; f < fanouts; f++) classes *= this.made(f, -1);
    else for (let i = 0; i < loops; i++) if (isShared[i] === 0 || steps[i] !== 0) classes *= counts[i]!;
    return classes;
  }

  /**
   * Classes that loops make: combinations of what is requested and of the indices of loops whose axis cannot share. Of all loops (`only` −1) or those of one
   * fan-out; `crossed`: shared only on fan-outs further in.
   */
  private made(only: number, crossed: number): number {
    const { counts, steps, fanoutOf, isShared, loops, together } = this;
    let classes = 1;
    let n = 0;
    for (let i = 0; i < loops; i++) {
      if (only >= 0 && fanoutOf[i] !== only) continue;
      const shared = isShared[i] === 1 && fanoutOf[i]! > crossed;
      if (!shared) classes *= counts[i]!;
      else if (steps[i] !== 0) together[n++] = i;
    }
    return classes * (n < 2 || this.neverMeet(n) ? this.product(n) : this.distinct(n));
  }

  private product(n: number): number {
    let product = 1;
    for (let i = 0; i < n; i++) product *= this.counts[this.together[i]!]!;
    return product;
  }

  /** Whether different iterations always shift differently: each loop steps over all that the shorter ones span. */
  private neverMeet(n: number): boolean {
    const { counts, steps, together } = this;
    for (let i = 1; i < n; i++)
      for (let k = i; k > 0 && Math.abs(steps[together[k]!]!) < Math.abs(steps[together[k - 1]!]!); k--) {
        const other = together[k]!;
        together[k] = together[k - 1]!;
        together[k - 1] = other;
      }
    let span = 0;
    for (let i = 0; i < n; i++) {
      const step = Math.abs(steps[together[i]!]!);
      if (step <= span) return false;
      span += step * (counts[together[i]!]! - 1);
    }
    return true;
  }

  /** How many different sums of steps there are. */
  private distinct(n: number): number {
    const { counts, steps, together } = this;
    const all = this.product(n);
    if (all > this.sums.length) this.sums = new Float64Array(2 * all);
    const { sums } = this;
    sums[0] = 0;
    let filled = 1;
    for (let i = 0; i < n; i++) {
      const [count, step] = [counts[together[i]!]!, steps[together[i]!]!];
      for (let k = 1, at = filled; k < count; k++) for (let s = 0; s < filled; s++) sums[at++] = sums[s]! + k * step;
      filled *= count;
    }
    const sorted = sums.subarray(0, filled).sort();
    let different = 1;
    for (let s = 1; s < filled; s++) if (sorted[s] !== sorted[s - 1]) different++;
    return different;
  }
}

function meetingOf({ problem, placement }: Setting, group: number, transfer: Transfer): Meeting {
  const { tensor, parent, child } = transfer;
  const begins = isStarting(problem, placement, transfer);
  const axes = problem.axes[tensor]?.[group] ?? [];
  const steps = new Float64Array(problem.bounds.length);
  let radix = 1;
  for (const { variables, coefficients } of axes) {
    let span = 0;
    variables.forEach((v, i) => {
      steps[v]! += radix * coefficients[i]!;
      span += Math.abs(coefficients[i]!) * (problem.bounds[v]! - 1);
    });
    radix *= 2 * span + 1;
  }
  return {
    ...{ transfer, isOutput: tensor === problem.output, steps },
    above: parent < 0 ? -1 : nodePosition(parent),
    below: nodePosition(child),
    isIdle: Uint8Array.from(problem.bounds, (_, v) => (begins && problem.reduced.includes(v) ? 1 : 0)),
    multicast: sharingOf(problem, tensor, "multicast"),
    reduction: sharingOf(problem, tensor, "reduction"),
  };
}

const sharingOf = (problem: Problem, tensor: number, way: "multicast" | "reduction"): Uint8Array =>
  Uint8Array.from(
    problem.fanouts.flatMap((level) => [
      shares(problem, level, "x", tensor, way) ? 1 : 0,
      shares(problem, level, "y", tensor, way) ? 1 : 0,
    ]),
  );
