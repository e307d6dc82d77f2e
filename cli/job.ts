import type { Architecture } from "../arch-specs/index.js";
import { type Conventions, failed, inArgument, ok, type Result } from "../base/index.js";
import type { LegalMapping } from "../mappings/index.js";
import {
  everyLayerOf,
  flowing,
  isLight,
  isProduct,
  isWordByWord,
  type Layer,
  lowerToProduct,
  type RunType,
  selectLayers,
  trainingOf,
  type Workload,
} from "../workloads/index.js";
import { checkWritable } from "./files.js";
import { all, both, loadArchitecture, loadMapping, loadWorkload, pickLayers } from "./inputs.js";
import { type Tabled, withTables } from "./reference-tables.js";
import { required, settingsOf } from "./shared-options.js";
import type { VectorTask } from "./vector.js";

/** What most commands work on. */
export interface Job {
  readonly workload: Workload;
  readonly layers: readonly Layer[];
  readonly architecture: Architecture;
  /** Layers for the vector unit of the architecture. */
  readonly light: readonly VectorTask[];
  /** Names of all layers, in the order of execution. */
  readonly order: readonly string[];
  /** On what was read. */
  readonly notes: readonly string[];
}

export interface JobOptions {
  readonly arch: string | null;
  readonly set: readonly string[];
  readonly layer: readonly string[];
  readonly type: RunType | null;
  readonly lower?: "im2col" | null;
  readonly out: string | null;
  /** A folder with the inputs of an ONNX model, or `random`. */
  readonly inputs?: string | null;
  /** Whether the layers of the backward pass belong to the job as well. */
  readonly training?: boolean;
  /** Whether light layers run on the vector unit, where there is one. */
  readonly vector?: boolean;
  /** Whether a network's light steps are wanted on the array as well. */
  readonly lightToo?: boolean;
  /** Whether the network is run as a whole, in floats from layer to layer. */
  readonly flows?: boolean;
  /** Whether accumulators start at biases and activations are applied on the way out. */
  readonly fuse?: boolean;
  /** Accelergy's reference tables. */
  readonly ert?: string | null;
  readonly art?: string | null;
}

/** Reads workload, layers and architecture, and makes sure that the result can be written; all problems at once. */
export function prepare(operand: string, options: JobOptions): Result<Job> {
  const named = loadWorkload(operand, options.inputs === "random" ? null : options.inputs);
  const architecture = architectureOf(options, named.ok ? named.value : undefined);
  const unit = architecture.ok && options.vector === true ? architecture.value.architecture.vector : undefined;
  const loaded = named.ok ? ok(completed(named.value, options, unit !== undefined)) : named;
  const layers = loaded.ok ? picked(loaded.value, options) : ok([]);
  const writable = options.out === null ? ok(undefined) : checkWritable(options.out);
  const inputs = both(both(loaded, layers), both(architecture, writable));
  if (!inputs.ok) return inputs;
  const [[workload, all_], [found]] = inputs.value;
  const light = unit === undefined ? [] : all_.filter((layer) => isLight(layer) && isWordByWord(layer.einsum));
  const chosen = all_.filter((layer) => !light.includes(layer));
  const { layers: ready, notes: lowering } =
    options.lower === "im2col" ? lowered(chosen) : { layers: chosen, notes: [] };
  const notes = [...workload.notes, ...found.notes, ...lowering, ...leftOut(workload, options, unit)];
  const tasks = unit === undefined ? [] : light.map((layer) => ({ layer, unit }));
  const order = all_.map(({ name }) => name);
  return ok({ workload, layers: ready, light: tasks, order, architecture: found.architecture, notes });
}

/** The workload with the layers that are meant: those of a training step, or also a network's light steps. */
function completed(workload: Workload, options: JobOptions, hasUnit: boolean): Workload {
  if (options.training === true) return trained(workload, options.layer);
  if (options.flows === true) return flowing(workload);
  if (workload.graph !== undefined) return workload;
  const every = everyLayerOf(workload, options.fuse === true);
  const isWhole = workload.network === undefined || options.lightToo === true || hasUnit;
  return { ...workload, layers: isWhole ? every : every.filter((layer) => !isLight(layer)) };
}

/** What a network does that neither array nor vector unit was asked for, or cannot be asked for. */
function leftOut(
  workload: Workload,
  { vector, lightToo, training, fuse }: JobOptions,
  unit: unknown,
): readonly string[] {
  if (training === true && (lightToo === true || fuse === true))
    return ["--training maps heavy layers and their gradients by themselves: --light and --fuse change nothing"];
  if (
    vector !== true ||
    workload.network === undefined ||
    workload.graph !== undefined ||
    lightToo === true ||
    training === true ||
    unit !== undefined
  )
    return [];
  const kinds = new Set(everyLayerOf(workload, fuse === true).flatMap((layer) => (isLight(layer) ? [layer.kind] : [])));
  return kinds.size === 0 ? [] : [`left out, being light: ${[...kinds].join(", ")}; --light maps them, too`];
}

/** The layer as a matrix product, if it is a sum of products and not one already. */
export const asProduct = (layer: Layer): Layer => (isProduct(layer) ? layer : (lowerToProduct(layer)?.layer ?? layer));

/** Every layer that is a sum of products as a matrix product over its unfolded input; the others as they are. */
function lowered(layers: readonly Layer[]): Pick<Job, "layers" | "notes"> {
  const others = layers.filter((layer) => lowerToProduct(layer) === undefined).map(({ name }) => name);
  return {
    layers: layers.map(asProduct),
    notes: others.length === 0 ? [] : [`not lowered, being no sums of products of two operands: ${others.join(", ")}`],
  };
}

/** The training step of the layers that are picked; of all, where the patterns are to pick among the step's own layers. */
function trained(workload: Workload, patterns: readonly string[]): Workload {
  const chosen = selectLayers(workload, patterns);
  return trainingOf(patterns.length > 0 && chosen.ok ? chosen.value : workload);
}

/** Of a training step whose forward layers were picked, all. */
function picked(workload: Workload, { layer, type, training }: JobOptions): Result<readonly Layer[]> {
  const forward = workload.layers.filter(({ pass }) => pass === "forward");
  const isPicked = training === true && selectLayers({ ...workload, layers: forward }, layer).ok;
  return pickLayers(workload, isPicked ? [] : layer, type);
}

/** The architecture that the options name, its variables set, with the energies of given tables. */
export function architectureOf(
  { arch, set, ert, art }: Pick<JobOptions, "arch" | "set" | "ert" | "art">,
  workload: Workload | undefined,
): Result<Tabled> {
  const hint = "name one with --arch eyeriss; `loopwright list archs` shows those built in";
  const read = both(required("arch", arch, hint), settingsOf(set));
  const loaded = read.ok ? loadArchitecture(...read.value, workload) : read;
  return loaded.ok ? withTables(loaded.value, { ert: ert ?? null, art: art ?? null }) : loaded;
}

/** The mapping of every layer of the job, from `--mapping`. */
export function givenMappings(
  { layers, architecture }: Job,
  path: string,
  conventions: Conventions,
): Result<readonly LegalMapping[]> {
  return all(layers.map((layer) => loadMapping(path, layer, architecture, conventions)));
}

/** A diagnostic about the command line as a whole. */
export function misuse(code: string, message: string, hint: string): Result<never> {
  return failed([{ code: `usage/${code}`, message, at: inArgument("command line"), hint }]);
}
