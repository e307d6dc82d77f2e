import { holds, instancesOf, mayKeep } from "../arch-specs/index.js";
import { pointsTouched, type Step, shiftOf } from "./motion.js";
import { type Objective, valueUnder } from "./objective.js";
import { fanoutOf, type Problem, storageOf, tensorOf } from "./problem.js";

/**
 * A lower bound of the value that needs no search. Every operation is paid; every tensor is read (or updated) for every operation
 * at the cheapest storage that could serve compute, shared as widely as the fan-outs below it allow; every word that is
 * touched enters that storage once. All compute units work in every cycle, and every touched word crosses the outermost port.
 */
export function floorOf(problem: Problem, objective: Objective): number {
  const compute = problem.architecture.levels[problem.compute];
  if (compute?.kind !== "compute") throw new Error("the last level is not compute");
  const operations = problem.bounds.reduce((n, b) => n * b, 1);
  const units = instancesOf(problem.architecture, problem.compute) * compute.operationsPerCycle;
  const accesses = problem.einsum.tensors.reduce((sum, _, t) => sum + leastAccessEnergy(problem, t, operations), 0);
  return valueUnder(objective, operations * compute.energy + accesses, operations / units);
}

function leastAccessEnergy(problem: Problem, tensor: number, operations: number): number {
  const words = touchedWords(problem, tensor);
  const homes = problem.storages.filter((level) => mayKeep(storageOf(problem, level), tensorOf(problem, tensor)));
  const costs = homes.map((level, i) => {
    const storage = storageOf(problem, level);
    const isOutput = tensor === problem.output;
    const served = operations / widestShare(problem, level, tensor, isOutput ? "reduction" : "multicast");
    const { read, write, update } = storage.energy;
    // AccelForge's first visits are as many as the instances below that are not joined.
    const firsts = problem.rules.movesEveryVisit ? served : words * instancesOf(problem.architecture, level);
    const revisits = Math.max(0, served - firsts);
    const serving = isOutput ? (served * update + revisits * read) / storage.block : (served * read) / storage.block;
    if (i === 0) return serving;
    const outer = storageOf(problem, homes[0] ?? level);
    const entering = isOutput
      ? (problem.rules.countsDrains ? words * read : 0) / storage.block + (words * outer.energy.update) / outer.block
      : (words * write) / storage.block + (words * outer.energy.read) / outer.block;
    return serving + entering;
  });
  return costs.length === 0 ? 0 : Math.min(...costs);
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
