import { availableParallelism } from "node:os";
import type { Architecture } from "../arch-specs/index.js";
import { type Conventions, didYouMean, failed, inArgument, ok, type Result } from "../base/index.js";
import { isSearchable, type Objective, parseObjective, valueUnder } from "../mapper/index.js";
import {
  BUILT_IN_DATAFLOWS,
  builtInDataflow,
  type Dataflow,
  type LegalMapping,
  parseDataflow,
  resolveDataflow,
} from "../mappings/index.js";
import type { SearchSummary } from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import { type Layer, shapeKey } from "../workloads/index.js";
import { isFile, readText } from "./files.js";
import { all, both } from "./inputs.js";
import type { Interrupt } from "./interrupt.js";
import type { Job } from "./job.js";
import { duration, flag, number, type Option, once, shown } from "./option.js";
import { type Running, runAll, type Task } from "./pool.js";
import { progressOn } from "./progress.js";
import { putTogether, type Search, type Searched } from "./search.js";
import * as shared from "./shared-options.js";
import { sharingBetween } from "./sharing.js";
import type { Terminal } from "./terminal.js";
import { outsideReasons } from "./why.js";

const EDP: Objective = { name: "edp", energyPower: 1, delayPower: 1 };

/** The options of every command that looks for mappings. */
export const searchOptions: {
  readonly objective: Option<Objective>;
  readonly "time-limit": Option<number | null>;
  readonly gap: Option<number | null>;
  readonly imperfect: Option<boolean>;
  readonly threads: Option<number | null>;
  readonly seed: Option<number | null>;
} = {
  objective: once(
    "energy|delay|edp|energy^a*delay^b",
    "what the best mapping has least of (edp)",
    EDP,
    (word, at, problems) => {
      const objective = parseObjective(word);
      if (objective === null)
        problems.report(
          "usage/unknown-objective",
          `${at.path} cannot be ${shown(word)}`,
          at,
          "write energy, delay, edp, or powers such as energy^2*delay",
        );
      return objective ?? EDP;
    },
  ),
  "time-limit": duration("time for one layer (5s); then the best so far, with its proven gap", 5),
  gap: number("SHARE", "be content with a proven gap: 0.01 is one per cent (0: the optimum)", 0, "real"),
  imperfect: flag("tiles need not divide their extent: the last of a loop takes what is left"),
  threads: shared.threads,
  seed: shared.seed,
};

export interface SearchWishes {
  readonly objective: Objective;
  readonly "time-limit": number | null;
  readonly gap: number | null;
  readonly imperfect: boolean;
  readonly threads: number | null;
  /** Whose conventions count, price and prove; `loopwright` unless given. */
  readonly conventions?: Conventions;
  /** Mappings that the user has already: the answers are never worse than those of the mapspace that is searched. */
  readonly starts?: readonly LegalMapping[];
}

/** What a word of `--dataflow` stands for, worked out for each layer; null: no constraint. */
export interface DataflowChoice {
  readonly name: string;
  /** Tells what the architecture or the layer cannot hold to. */
  readonly of: (layer: Layer, architecture: Architecture) => Result<Dataflow | null>;
  /** Whether the user wrote it: what does not suit is then a mistake in a file. */
  readonly isFile: boolean;
}

/** `ws`, `any`, or a file, as an option of that name gave it. */
export function readDataflow(word: string, option = "--dataflow"): Result<DataflowChoice> {
  if (word === "any") return ok({ name: word, of: () => ok(null), isFile: false });
  const name = BUILT_IN_DATAFLOWS.find((one) => one === word);
  if (name !== undefined) {
    const of: DataflowChoice["of"] = (layer, architecture) => builtInDataflow(name, architecture, layer.einsum);
    return ok({ name, of, isFile: false });
  }
  if (!/[./\\]/.test(word) && !isFile(word)) {
    const at = inArgument("command line", option);
    const message = `there is no dataflow and no file called ${shown(word)}`;
    return failed([{ code: "usage/unknown-dataflow", message, at, hint: didYouMean(word, BUILT_IN_DATAFLOWS) }]);
  }
  const file = readText(word);
  const parsed = file.ok ? parseDataflow(file.value, word) : file;
  if (!parsed.ok) return parsed;
  const of: DataflowChoice["of"] = (layer, architecture) => {
    const suits = resolveDataflow(parsed.value, architecture, layer.einsum);
    return suits.ok ? parsed : suits;
  };
  return ok({ name: parsed.value.name, of, isFile: true });
}

/** A job and its dataflows; dataflow files that do not suit the architecture or a layer are mistakes in those files. */
export function jobUnder(
  job: Result<Job>,
  dataflows: Result<readonly DataflowChoice[]>,
): Result<readonly [Job, readonly DataflowChoice[]]> {
  const read = both(job, dataflows);
  if (!read.ok) return read;
  const [{ layers, architecture }, choices] = read.value;
  const files = choices.filter(({ isFile }) => isFile);
  const suits = all(files.flatMap(({ of }) => layers.map((layer) => of(layer, architecture))));
  return suits.ok ? read : suits;
}

/** Refuses layers of which nothing can be proven under the conventions; Timeloop's counts of ragged tiles are below what any run takes. */
export function searchable(
  layers: readonly Layer[],
  { conventions, imperfect }: { readonly conventions: Conventions; readonly imperfect: boolean },
): Result<readonly Layer[]> {
  if (imperfect && conventions === "timeloop")
    return failed([
      {
        code: "map/imperfect-not-searched",
        message: "imperfect tiles are not searched under Timeloop's conventions, which cut off what is left of a tile",
        at: inArgument("command line", "--imperfect"),
        hint: "leave out --imperfect, or search under other conventions and price the mapping with evaluate --conventions timeloop",
      },
    ]);
  const unsuited = layers.filter(({ einsum }) => !isSearchable(einsum, conventions));
  if (unsuited.length === 0) return ok(layers);
  return failed(
    unsuited.map(({ name }) => ({
      code: "map/conventions-not-searched",
      message: `the output of ${name} has gaps: ${conventions} counts first touches there in a way that nothing can be proven of`,
      at: inArgument("command line", "--conventions"),
      hint: "search it under our own conventions, and price the mapping with evaluate --conventions",
    })),
  );
}

/** A layer of a job under a dataflow: what a mapping is looked for. */
export interface Wanted {
  readonly job: Job;
  readonly layer: Layer;
  readonly dataflow: DataflowChoice;
}

/** What was looked for, and what came of it. */
export interface Found {
  readonly workload: string;
  readonly layer: Layer;
  readonly architecture: string;
  readonly dataflow: string;
  /** The best mapping with its proof, or why there is none; null: interrupted before anything was found. */
  readonly outcome: Result<{ readonly legal: LegalMapping; readonly search: SearchSummary }> | null;
}

/** Finds the best mapping of every layer under every dataflow, layer by layer. Layers of one shape are searched once. */
export function findMappings(
  job: Job,
  dataflows: readonly DataflowChoice[],
  wishes: SearchWishes,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<readonly Found[]> {
  const wanted = job.layers.flatMap((layer) => dataflows.map((dataflow) => ({ job, layer, dataflow })));
  return findAll(wanted, wishes, interrupt, terminal);
}

/** Finds the best mapping of everything wanted, in this order. Layers of one shape on one architecture are searched once. */
export async function findAll(
  wants: readonly Wanted[],
  wishes: SearchWishes,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<readonly Found[]> {
  const nameOf = contenderNames(wants);
  const wanted = wants.map((want) => ({
    ...want,
    key: `${want.job.architecture.name} ${want.dataflow.name} ${shapeKey(want.layer)}`,
  }));
  const distinct = [...new Map(wanted.map((want) => [want.key, want])).values()];
  const limits = distinct.map(({ job, layer, dataflow }) => dataflow.of(layer, job.architecture));
  const searched = distinct.filter((_, i) => limits[i]?.ok);
  const tasks = distinct.flatMap((one, i) => {
    const limit = limits[i];
    if (limit === undefined || !limit.ok) return [];
    const alike = wanted.filter((want) => want.key === one.key).map((want) => want.layer.name);
    const input = {
      ...searchOf(one.layer, one.job.architecture, limit.value, wishes),
      start: startOf(one, alike, wishes),
    };
    return [{ label: `${namesOf(alike)}${nameOf(one)}`, input }];
  });
  const progress = progressOn(terminal, tasks.length, { of: "layers", limitSeconds: wishes["time-limit"] });
  const how = { work: "search", stops: true, threads: wishes.threads, interrupt, progress };
  const answers = await searchAll(tasks, how).finally(progress.stop);
  const outcomes = new Map<string, Found["outcome"]>();
  distinct.forEach(({ key }, i) => {
    const limit = limits[i];
    if (limit !== undefined && !limit.ok) outcomes.set(key, limit);
  });
  searched.forEach(({ key, layer, job }, i) => {
    const answer = answers[i] ?? null;
    outcomes.set(key, answer === null ? null : outcomeOf(answer, layer, job.architecture));
  });
  return wanted.map(({ job, layer, dataflow, key }) => ({
    ...{ workload: job.workload.name, layer, architecture: job.architecture.name, dataflow: dataflow.name },
    outcome: relabelled(outcomes.get(key) ?? null, layer),
  }));
}

/**
 * The answers to all; where there are more threads than searches, several share one. A search keeps almost two cores busy by itself (the other
 * with compiling and collecting garbage), so unless told a number of threads, one is given to it for every two cores, and two if there are two.
 */
async function searchAll(tasks: readonly Task<Search>[], how: Running): Promise<readonly (Searched | null)[]> {
  const cores = availableParallelism();
  const parts = Math.floor((how.threads ?? Math.max(cores / 2, Math.min(cores, 2))) / Math.max(1, tasks.length));
  if (parts < 2 || tasks.some(({ input }) => input.imperfect)) return runAll(tasks, how);
  const shared = tasks.flatMap(({ label, input }) =>
    sharingBetween(parts).map((sharing) => ({
      label: sharing.index === 0 ? label : null,
      input: { ...input, sharing },
    })),
  );
  const found = await runAll<Search, Searched>(shared, how);
  const whole = tasks.map(({ input: { gap } }, i): Searched | null => {
    const own = found.slice(i * parts, i * parts + parts);
    const all = own.flatMap((part) => (part === null ? [] : [part]));
    return all.length < parts ? null : putTogether(all, gap);
  });
  const again = tasks.filter((_, i) => whole[i] === null);
  const reasons = await runAll<Search, Searched>(again, how);
  return tasks.map((task, i) => whole[i] ?? reasons[again.indexOf(task)] ?? null);
}

/** What tells one of several searches of a layer from the others: ` eyeriss rs`; nothing where there is but one. */
function contenderNames(wants: readonly Wanted[]): (one: Wanted) => string {
  const architectures = new Set(wants.map(({ job }) => job.architecture.name));
  const dataflows = new Set(wants.map(({ dataflow }) => dataflow.name));
  return ({ job, dataflow }) =>
    `${architectures.size > 1 ? ` ${job.architecture.name}` : ""}${dataflows.size > 1 ? ` ${dataflow.name}` : ""}`;
}

/** `conv3_2`, `conv3_2 (×2)`: the first of some equal layers. */
export function namesOf(names: readonly string[]): string {
  const [first = ""] = names;
  return names.length === 1 ? first : `${first} (×${names.length})`;
}

function searchOf(
  layer: Layer,
  architecture: Architecture,
  dataflow: Dataflow | null,
  wishes: SearchWishes,
): Omit<Search, "start"> {
  const { objective, gap, imperfect, conventions = "loopwright" } = wishes;
  const timeLimitSeconds = wishes["time-limit"];
  return { layer, architecture, dataflow, objective, conventions, gap: gap ?? 0, imperfect, timeLimitSeconds };
}

/** The best of the user's mappings of the layers that are alike, as the layer's own; null where none is in the mapspace. */
function startOf(
  { layer, job, dataflow }: Wanted,
  alike: readonly string[],
  wishes: SearchWishes,
): LegalMapping | null {
  const { conventions = "loopwright", imperfect } = wishes;
  const priceOf = (legal: LegalMapping): number => {
    const { energy, cycles } = evaluateUnder(legal, conventions, { linkTransfers: false });
    return valueUnder(wishes.objective, energy, cycles);
  };
  const [best] = (wishes.starts ?? [])
    .filter((start) => start.architecture === job.architecture && alike.includes(start.layer.name))
    .map((start): LegalMapping => ({ ...start, layer }))
    .filter(
      (start) => outsideReasons(start, dataflow.of(layer, job.architecture), { conventions, imperfect }).length === 0,
    )
    .map((start) => ({ start, value: priceOf(start) }))
    .sort((a, b) => a.value - b.value);
  return best?.start ?? null;
}

export function outcomeOf(
  { legal, search, blame }: Searched,
  layer: Layer,
  architecture: Architecture,
): Found["outcome"] {
  if (legal !== null) return ok({ legal, search });
  const at = inArgument(layer.name);
  if (search.status !== "optimal")
    return failed([
      {
        code: "map/none-in-time",
        message: `no legal mapping of ${layer.name} on ${architecture.name} was found in time`,
        ...{ at, hint: "allow more with --time-limit" },
      },
    ]);
  const reasons = blame === null ? "" : `: ${blame.reasons.join("; and ")}`;
  const message = `${layer.name} has no legal mapping on ${architecture.name}${reasons}`;
  const others = blame?.alternatives ?? [];
  const hint = others.length > 0 ? `any of these would do: ${others.join("; ")}` : "relax that";
  return failed([{ code: "map/no-legal-mapping", message, at, hint }]);
}

/** The same mapping, as that of a layer of equal shape. */
function relabelled(outcome: Found["outcome"], layer: Layer): Found["outcome"] {
  if (outcome === null || !outcome.ok) return outcome;
  return ok({ ...outcome.value, legal: { ...outcome.value.legal, layer } });
}
