import { type Architecture, instancesOf, mayKeep, mustKeep } from "../arch-specs/index.js";
import { ceilDiv } from "../base/index.js";
import type { LegalMapping, ResolvedNode } from "../mappings/index.js";
import { predict } from "../sim/model/index.js";
import { operationsOf } from "../workloads/index.js";
import type { Cost } from "./cost.js";
import { leastPortCycles, leastServing } from "./floor.js";
import { type Objective, valueUnder } from "./objective.js";
import { fanoutOf, type Problem, storageOf, tensorOf } from "./problem.js";

/**
 * Bounds, from below, what every loop tree costs that begins with some nodes, whatever its tiles.
 *
 * What an instance of a keep node does depends on the loops above it alone: so all that is filled and drained at the nodes that stand already, and
 * read or updated at their parents, is counted exactly, by the model. Nodes that are still to come are counted as if they stood right here, the
 * cheapest choice for each tensor by itself. Further down they would hold parts of the same tiles, which together bring at least the words
 * that are new here: a word that was not in the whole tile was in no part of it. (Under `slide` and `none` the whole tile may be filled
 * again where a part still is in place; so the nodes to come are taken to keep every overlap.) What the last node hands to
 * the operations is bounded as in the floor.
 */
export class PrefixBound {
  private readonly problem: Problem;
  private readonly objective: Objective;
  private readonly known: LegalMapping;
  private readonly overlapping: Architecture;
  private readonly operations: number;
  /** pJ of operations and post-steps. */
  private readonly constant: number;
  /** pJ a cycle. */
  private readonly leakage: number;
  /** Per tensor and level: pJ to serve the operations from there. */
  private readonly serving: readonly (readonly number[])[];
  /** Per tensor: whether steps may leave gaps in its tiles. What is in a gap is in no part of the tile: nodes to come are not counted then. */
  private readonly gapped: readonly boolean[];

  /** `known`: any legal mapping of the problem. */
  constructor(problem: Problem, objective: Objective, known: LegalMapping) {
    const { architecture, einsum, bounds } = problem;
    const compute = architecture.levels[problem.compute];
    if (compute?.kind !== "compute") throw new Error("the last level is not compute");
    this.problem = problem;
    this.objective = objective;
    this.known = known;
    this.overlapping = {
      ...architecture,
      levels: architecture.levels.map((level) => (level.kind === "storage" ? { ...level, reuse: "overlap" } : level)),
    };
    this.operations = bounds.reduce((n, b) => n * b, 1);
    const posts = operationsOf(einsum).posts * (architecture.vector?.energy.activation ?? 0);
    this.constant = this.operations * compute.energy + posts;
    this.leakage = architecture.levels.reduce((sum, level, i) => {
      const leak = level.kind === "storage" ? level.energy.leak : level.leak;
      return sum + leak * instancesOf(architecture, level.kind === "fanout" ? i + 1 : i);
    }, 0);
    this.gapped = problem.axes.map((groups) =>
      groups.flat().some(({ coefficients }) => coefficients.some((c) => Math.abs(c) > 1)),
    );
    this.serving = einsum.tensors.map((_, tensor) =>
      architecture.levels.map((level, i) => (level.kind === "storage" ? leastServing(problem, tensor, i) : 0)),
    );
  }

  /** What a tree costs at least that begins with the nodes, every tensor's source among them. */
  leastBelow(nodes: readonly ResolvedNode[]): Cost {
    const { problem } = this;
    const { tensors } = problem.einsum;
    const last = tensors.map(() => 0);
    let deepest = 0;
    for (const node of nodes) {
      if (node.kind === "keep") last[node.tensor] = node.level;
      deepest = Math.max(deepest, levelOf(node));
    }
    const moved = this.moved(
      this.known.architecture,
      nodes,
      tensors.map(() => -1),
      last,
    );
    const rest = tensors.map(() => Number.POSITIVE_INFINITY);
    for (const to of this.subsets(deepest)) {
      const chains = tensors.map((_, t) => to.filter((level) => level > (last[t] ?? 0) && this.may(level, t)));
      const here = chains.flatMap((levels, tensor) =>
        levels.map((level): ResolvedNode => ({ kind: "keep", tensor, level })),
      );
      here.sort((a, b) => levelOf(a) - levelOf(b));
      const ends = chains.map((levels, t) => levels.at(-1) ?? last[t] ?? 0);
      const cost = here.length === 0 ? null : this.moved(this.overlapping, [...nodes, ...here], last, ends);
      tensors.forEach((_, t) => {
        if (this.gapped[t] === true) rest[t] = this.serving[t]?.[last[t] ?? 0] ?? 0;
        else if (this.misses(deepest, last[t] ?? 0, chains[t] ?? [], t)) return;
        else rest[t] = Math.min(rest[t] ?? 0, (cost?.energies[t] ?? 0) + (this.serving[t]?.[ends[t] ?? 0] ?? 0));
      });
    }
    const cycles = Math.max(moved.cycles, this.leastSteps(nodes, deepest));
    const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
    const energy = this.constant + sum(moved.energies) + sum(rest) + this.leakage * cycles;
    return { value: valueUnder(this.objective, energy, cycles), cycles, energy };
  }

  private may(level: number, tensor: number): boolean {
    return mayKeep(storageOf(this.problem, level), tensorOf(this.problem, tensor));
  }

  /** Sets of storages in which nodes may still come. */
  private subsets(deepest: number): readonly (readonly number[])[] {
    const sets: (readonly number[])[] = [[]];
    for (const level of this.problem.storages)
      if (level > 0 && level >= deepest) sets.push(...sets.map((set) => [...set, level]));
    return sets;
  }

  /** Whether the levels leave out one that must still keep the tensor. */
  private misses(deepest: number, last: number, levels: readonly number[], tensor: number): boolean {
    return this.problem.storages.some(
      (level) =>
        level > last &&
        level >= deepest &&
        !levels.includes(level) &&
        mustKeep(storageOf(this.problem, level), tensorOf(this.problem, tensor)),
    );
  }

  /**
   * Per tensor the pJ, and in all the cycles, of what moves between its nodes from level `from` to level `to`. From −1: all, and the cycles hold what
   * the last nodes will hand down at least.
   */
  private moved(
    architecture: Architecture,
    nodes: readonly ResolvedNode[],
    from: readonly number[],
    to: readonly number[],
  ): { readonly energies: readonly number[]; readonly cycles: number } {
    const extents = [...this.problem.bounds];
    for (const node of nodes) if (node.kind !== "keep") extents[node.variable] = node.by;
    const open = extents.flatMap((extent, variable): ResolvedNode[] =>
      extent === 1 ? [] : [{ kind: "for", variable, by: 1, extent }],
    );
    const { levels } = predict({ ...this.known, architecture, nodes: [...nodes, ...open] });
    const energies = from.map(() => 0);
    const isWhole = from.every((level) => level < 0);
    let cycles = 0;
    for (const { level, classes } of levels) {
      const { block, energy: of } = storageOf(this.problem, level);
      for (const { instances, tensors } of classes) {
        let [out, into] = [0, 0];
        for (const { tensor, fills, reads, updates, drains } of tensors) {
          const [begin, end] = [from[tensor] ?? -1, to[tensor] ?? -1];
          const [given, taken] = level >= begin && level < end ? [reads, updates] : [0, 0];
          const [filled, drained] = level > begin && level <= end ? [fills, drains] : [0, 0];
          out += given + drained;
          into += taken + filled;
          const blocks = ceilDiv(filled, block) * of.write + ceilDiv(drained, block) * of.read;
          const served = ceilDiv(given, block) * of.read + ceilDiv(taken, block) * of.update;
          energies[tensor] = (energies[tensor] ?? 0) + instances * (blocks + served);
        }
        const ending = isWhole ? to.flatMap((end, tensor) => (end === level ? [tensor] : [])) : [];
        cycles = Math.max(cycles, leastPortCycles(this.problem, level, ending, [out, into]));
      }
    }
    return { energies, cycles };
  }

  /** Steps cannot be fewer than operations shared by all instances: those in use of fan-outs that are passed, as many as there may be of the others. */
  private leastSteps(nodes: readonly ResolvedNode[], deepest: number): number {
    const { problem } = this;
    const compute = problem.architecture.levels[problem.compute];
    const units = compute?.kind === "compute" ? compute.operationsPerCycle : 1;
    let [used, room] = [1, 1];
    for (const level of problem.fanouts) {
      let own = 1;
      for (const node of nodes)
        if (node.kind === "spatial" && node.fanout === level) own *= ceilDiv(node.extent, node.by);
      used *= own;
      const { x, y } = fanoutOf(problem, level);
      if (level >= deepest) room *= Math.max(1, (x * y) / own);
    }
    const extents = [...problem.bounds];
    for (const node of nodes) if (node.kind !== "keep") extents[node.variable] = node.by;
    const left = extents.reduce((n, extent) => n * extent, 1);
    return Math.ceil(this.operations / (used * Math.min(room, left)) - ROUNDING) / units;
  }
}

/** Room for rounding in a quotient that is a whole number. */
const ROUNDING = 1e-9;

const levelOf = (node: ResolvedNode): number =>
  node.kind === "keep" ? node.level : node.kind === "spatial" ? node.fanout : 0;
