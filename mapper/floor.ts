import { holds, instancesOf, mayKeep, mustKeep } from "../arch-specs/index.js";
import { pointsTouched, type Step, shiftOf } from "./motion.js";
import { type Objective, valueUnder } from "./objective.js";
import { fanoutOf, type Problem, storageOf, tensorOf } from "./problem.js";

/**
 * A lower bound of the value that needs no search. Every operation is paid; every tensor is read (or updated) for every operation
 * at the cheapest storage that could serve compute, shared as widely as the fan-outs below it allow; every word that is
 * touched passes once through all that must keep it. All compute units work in every step, and every touched word
 * crosses the outermost port.
 */
export function floorOf(problem: Problem, objective: Objective): number {
  const compute = problem.architecture.levels[problem.compute];
  if (compute?.kind !== "compute") throw new Error("the last level is not compute");
  const operations = problem.bounds.reduce((n, b) => n * b, 1);
  const steps = Math.ceil(operations / instancesOf(problem.architecture, problem.compute)) / compute.operationsPerCycle;
  const accesses = problem.einsum.tensors.reduce(
    (sum, _, t) => sum + Math.min(...sourcesOf(problem, t).map((level) => leastServing(problem, t, level))),
    0,
  );
  const tensors = problem.einsum.tensors.map((_, t) => t);
  const source = problem.storages[0] ?? 0;
  const kept = tensors.filter((t) => mustKeep(storageOf(problem, source), tensorOf(problem, t)));
  const cycles = Math.max(steps, leastPortCycles(problem, source, kept));
  return valueUnder(objective, operations * compute.energy + accesses, cycles);
}

/** The levels where the tensor's backing store may be. */
function sourcesOf(problem: Problem, tensor: number): readonly number[] {
  const named = tensorOf(problem, tensor);
  const first =
    problem.storages.find((level) => mustKeep(storageOf(problem, level), named)) ?? Number.POSITIVE_INFINITY;
  return problem.storages.filter((level) => level <= first && mayKeep(storageOf(problem, level), named));
}

/**
 * pJ at least to serve every operation with the tensor, which now lives in the level: from there, or from a storage further in, which its
 * words then enter, and by way of all that must keep it. What reductions start from is asked for by their beginnings only, and an
 * input whose padding is free not by all operations: both are left out.
 */
export function leastServing(problem: Problem, tensor: number, from: number): number {
  const isClipped = problem.einsum.padding === "free" && tensor !== problem.output;
  const isBegun = tensor === problem.start && problem.rules.countsAll;
  if (isBegun || isClipped) return 0;
  const operations = problem.bounds.reduce((n, b) => n * b, 1);
  const words = touchedWords(problem, tensor);
  const named = tensorOf(problem, tensor);
  const below = problem.storages.filter((level) => level > from);
  const musts = below.filter((level) => mustKeep(storageOf(problem, level), named));
  const deepest = musts.at(-1) ?? from;
  const homes = [from, ...below.filter((level) => mayKeep(storageOf(problem, level), named))];
  const costs = homes
    .filter((home) => home >= deepest)
    .map((home) => {
      const passed = [from, ...musts.filter((level) => level < home), ...(home === from ? [] : [home])];
      return servedFrom(problem, tensor, home, operations) + handedDown(problem, tensor, passed, words);
    });
  return Math.min(...costs);
}

/** pJ to serve every operation from the level. */
function servedFrom(problem: Problem, tensor: number, level: number, operations: number): number {
  const { block, energy } = storageOf(problem, level);
  if (tensor !== problem.output)
    return ((operations / widestShare(problem, level, tensor, "multicast")) * energy.read) / block;
  const served = operations / widestShare(problem, level, tensor, "reduction");
  // AccelForge's first visits are as many as the instances below that are not joined.
  const firsts = problem.rules.movesEveryVisit
    ? served
    : touchedWords(problem, tensor) * instancesOf(problem.architecture, level);
  return (served * energy.update + Math.max(0, served - firsts) * energy.read) / block;
}

/** pJ for every word to go once through the levels, outermost first: out of each but the last, into each but the first (of an output, upwards). */
function handedDown(problem: Problem, tensor: number, levels: readonly number[], words: number): number {
  const isOutput = tensor === problem.output;
  return levels.reduce((sum, level, i) => {
    const { block, energy } = storageOf(problem, level);
    const outer = i === levels.length - 1 ? 0 : isOutput ? energy.update : energy.read;
    const drained = problem.rules.countsDrains ? energy.read : 0;
    const inner = i === 0 ? 0 : isOutput ? drained : energy.write;
    return sum + (words * (outer + inner)) / block;
  }, 0);
}

/** The most compute units that one access of the tensor at the level can serve in a step. */
function widestShare(problem: Problem, level: number, tensor: number, way: "multicast" | "reduction"): number {
  return problem.fanouts
    .filter((fanout) => fanout > level)
    .reduce((n, at) => {
      const fanout = fanoutOf(problem, at);
      const named = tensorOf(problem, tensor);
      return n * (holds(fanout[way].x, named) ? fanout.x : 1) * (holds(fanout[way].y, named) ? fanout.y : 1);
    }, 1);
}

/**
 * Cycles that an instance of the level needs at least, beside what is known to go out of it and into it: every word of the tensors goes down
 * from there once (up, of the output).
 */
export function leastPortCycles(
  problem: Problem,
  level: number,
  tensors: readonly number[],
  [out, into]: readonly [number, number] = [0, 0],
): number {
  const { bandwidth } = storageOf(problem, level);
  const instances = instancesOf(problem.architecture, level);
  const words = (t: number): number =>
    problem.einsum.padding === "free" && t !== problem.output ? 0 : touchedWords(problem, t) / instances;
  const sum = (which: readonly number[]): number => which.reduce((n, t) => n + words(t), 0);
  const read = out + sum(tensors.filter((t) => t !== problem.output));
  const written = into + sum(tensors.filter((t) => t === problem.output));
  return Math.max(read / bandwidth.read, written / bandwidth.write, (read + written) / bandwidth.shared);
}

/** Points of the tensor that operations touch at all. */
function touchedWords(problem: Problem, tensor: number): number {
  return problem.groups.reduce((words, group, g) => {
    const axes = problem.axes[tensor]?.[g] ?? [];
    if (axes.length === 0) return words;
    const steps = group.variables
      .map((v): Step => ({ count: problem.bounds[v] ?? 1, shift: shiftOf(axes, v, 1) }))
      .filter((step) => step.shift.some((s) => s !== 0));
    if (!group.coupled) return words * steps.reduce((n, step) => n * step.count, 1);
    return (
      words *
      pointsTouched(
        axes.map(() => 1),
        steps,
      )
    );
  }, 1);
}
