import { type Conventions, ok, type Result } from "../base/index.js";
import { ENERGY, type FrontPoint, type FrontResult, front as frontOf, isCertain } from "../mapper/index.js";
import type { LegalMapping } from "../mappings/index.js";
import { type FrontPlace, percent, resultOf, type SearchSummary } from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import { type Layer, shapeKey } from "../workloads/index.js";
import type { Answer } from "./answers.js";
import { type DataflowChoice, namesOf, outcomeOf, type SearchWishes } from "./find.js";
import type { Interrupt } from "./interrupt.js";
import type { Job } from "./job.js";
import { type Option, once, shown } from "./option.js";
import { runAll } from "./pool.js";
import { progressOn } from "./progress.js";
import { resolvedFor, type Search, type Searched, search, spaceOf, type World } from "./search.js";
import type { Terminal } from "./terminal.js";
import type { Tell } from "./work.js";

/** `--pareto`: whether the front is asked for instead of one mapping. */
export const pareto: Option<boolean> = once(
  "energy,delay",
  "every mapping than which none is as good in both, each with its proof, instead of the best for one objective",
  false,
  (word, at, problems) => {
    const axes = word.split(",").sort();
    if (axes.join() !== "delay,energy")
      problems.report("usage/unknown-front", `${at.path} cannot be ${shown(word)}`, at, "write --pareto energy,delay");
    return true;
  },
);

/** One point, with the proof of how cheap mappings can be that are at most as slow. */
export interface FrontMember {
  readonly legal: LegalMapping;
  readonly search: SearchSummary;
  readonly place: FrontPlace;
}
export interface Fronted {
  readonly members: readonly FrontMember[];
  /** Where there is no point: what a search of its own says. */
  readonly none: Searched | null;
}

/** The front of one layer, until the proof, the time limit or an interrupt. */
export function searchFront(wanted: Search, tell: Tell, world: World): Fronted {
  const { layer, architecture, dataflow, conventions, gap, timeLimitSeconds } = wanted;
  const { now, interrupted } = world;
  const began = now();
  const deadline = timeLimitSeconds === null ? Number.POSITIVE_INFINITY : began + timeLimitSeconds;
  const resolved = dataflow === null ? null : resolvedFor(dataflow, layer, architecture);
  const found = frontOf(layer, architecture, {
    ...{ conventions, gap, dataflow: resolved },
    cancelled: () => interrupted() || now() >= deadline,
    costOf: (mapping) => evaluateUnder(mapping, conventions, { linkTransfers: false }),
    progress: ({ certain, others, within }) => {
      const near = Number.isFinite(within) ? `, all mappings within ${percent(within)}` : "";
      tell({
        share: Number.isFinite(within) ? 1 / (1 + within) : null,
        note: `${certain} certain, ${others} other points${near}`,
      });
    },
  });
  if (found.points.length === 0) return { members: [], none: search(wanted, tell, world) };
  const summary = {
    ...spaceOf(wanted, resolved),
    evaluated: found.evaluated,
    seconds: now() - began,
  };
  const members = found.points.map((point, i): FrontMember => {
    const { mapping: legal, energy, energyAtLeast: lowerBound } = point;
    const status = isCertain(point) ? "optimal" : "gap";
    const own = status === "optimal" ? 0 : 1 - lowerBound / energy;
    return { legal, search: { ...summary, status, lowerBound, gap: own }, place: placeOf(found, i) };
  });
  return { members, none: null };
}

/** What is open between the point and the next faster one; beyond the slowest, that belongs to it as well. */
function placeOf({ points, open, within }: FrontResult, at: number): FrontPlace {
  const slowest = (point: FrontPoint | undefined): number => point?.cycles ?? 0;
  const own = open.filter(({ above, upTo }) => {
    const isSlower = at === 0 && upTo > slowest(points[0]);
    return isSlower || (above < slowest(points[at]) * (1 - 1e-10) && above >= slowest(points[at + 1]) * (1 - 1e-10));
  });
  return {
    ...{ point: at + 1, points: points.length },
    within: Number.isFinite(within) ? within : null,
    open: own.map(({ above, upTo, energyAtLeast }) => ({
      ...{ from: tidy(above), below: Number.isFinite(upTo) ? tidy(upTo) : null },
      energyAtLeast_pJ: energyAtLeast,
    })),
  };
}

/** Cycles as they are, without the room for rounding that the search leaves. */
const tidy = (cycles: number): number => Number((cycles * (1 + 1e-11)).toPrecision(11));

/** The front of every layer, or why it has none; null: interrupted before anything was found. Layers of one shape are searched once. */
export interface FrontFound {
  readonly layer: Layer;
  readonly outcome: Result<readonly Answer[]> | null;
}

export async function findFronts(
  job: Job,
  dataflow: DataflowChoice,
  wishes: SearchWishes,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<readonly FrontFound[]> {
  const { architecture, layers } = job;
  const { conventions = "loopwright" } = wishes;
  const distinct = [...new Map(layers.map((layer) => [shapeKey(layer), layer])).entries()];
  const limits = new Map(distinct.map(([key, layer]) => [key, dataflow.of(layer, architecture)]));
  const tasks = distinct.flatMap(([key, layer]) => {
    const limit = limits.get(key);
    if (limit === undefined || !limit.ok) return [];
    const alike = layers.filter((other) => shapeKey(other) === key).map(({ name }) => name);
    const input: Search = {
      ...{ layer, architecture, dataflow: limit.value, objective: ENERGY, start: null },
      ...{ conventions, gap: wishes.gap ?? 0, imperfect: false, timeLimitSeconds: wishes["time-limit"] },
    };
    return [{ key, label: namesOf(alike), input }];
  });
  const progress = progressOn(terminal, tasks.length, { of: "layers", limitSeconds: wishes["time-limit"] });
  const how = { work: "front", stops: true, threads: wishes.threads, interrupt, progress };
  const answers = await runAll<Search, Fronted>(tasks, how).finally(progress.stop);
  const found = new Map(tasks.map(({ key }, i) => [key, answers[i] ?? null]));
  return layers.map((layer): FrontFound => {
    const limit = limits.get(shapeKey(layer));
    if (limit !== undefined && !limit.ok) return { layer, outcome: limit };
    const fronted = found.get(shapeKey(layer)) ?? null;
    if (fronted === null) return { layer, outcome: null };
    if (fronted.none === null)
      return { layer, outcome: ok(fronted.members.map((member) => answerOf(member, layer, job, conventions))) };
    const why = outcomeOf(fronted.none, layer, architecture);
    return { layer, outcome: why === null || why.ok ? ok([]) : why };
  });
}

function answerOf(
  { legal: { layer: _, ...rest }, search, place }: FrontMember,
  layer: Layer,
  { workload }: Job,
  conventions: Conventions,
): Answer {
  const legal: LegalMapping = { ...rest, layer };
  const priced = evaluateUnder(legal, conventions, { linkTransfers: false });
  const findings = { workload: workload.name, conventions, objective: "energy,delay", search };
  return { legal, result: { ...resultOf(legal, priced, findings), front: place } };
}
