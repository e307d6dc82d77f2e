import type { Result } from "../base/index.js";
import type { TrainingStep } from "../reports/index.js";
import { type Fronted, searchFront } from "./front.js";
import { type NetworkRan, type NetworkRun, runNetwork } from "./network-run.js";
import { search as runSearch, type Search, type Searched } from "./search.js";
import { type CaseOutcome, runCase, type SuiteCase } from "./suite-case.js";
import { train as runTraining, type TrainingRun } from "./training.js";
import type { Report, Simulated, Simulation, Tell, Wires } from "./work.js";
import { simulate as runSimulation } from "./work.js";

// What a worker thread can do, by name. Each takes its input with the wires of the pool, and is otherwise a plain function.

export function simulate({ input, wires }: { readonly input: Simulation; readonly wires: Wires }): Simulated {
  return runSimulation(input, telling(wires));
}

export function search({ input, wires }: { readonly input: Search; readonly wires: Wires }): Searched {
  const stop = new Int32Array(wires.stop);
  return runSearch(input, telling(wires), {
    now: () => performance.now() / 1000,
    interrupted: () => Atomics.load(stop, 0) !== 0,
  });
}

export function front({ input, wires }: { readonly input: Search; readonly wires: Wires }): Fronted {
  const stop = new Int32Array(wires.stop);
  return searchFront(input, telling(wires), {
    now: () => performance.now() / 1000,
    interrupted: () => Atomics.load(stop, 0) !== 0,
  });
}

export function suiteCase({ input }: { readonly input: SuiteCase; readonly wires: Wires }): CaseOutcome {
  return runCase(input);
}

export function train({
  input,
  wires,
}: {
  readonly input: TrainingRun;
  readonly wires: Wires;
}): readonly TrainingStep[] {
  const stop = new Int32Array(wires.stop);
  return runTraining(input, telling(wires), () => Atomics.load(stop, 0) !== 0);
}

export function network({ input, wires }: { readonly input: NetworkRun; readonly wires: Wires }): Result<NetworkRan> {
  return runNetwork(input, telling(wires));
}

/** Reports at most ten times a second: messages cost the worker time. */
function telling({ port }: Wires): Tell {
  let last = Number.NEGATIVE_INFINITY;
  return (report: Report) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    port.postMessage(report);
  };
}
