import { join } from "node:path";
import { type Architecture, architectureNames, builtInArchitecture, parseArchitecture } from "../arch-specs/index.js";
import { type Conventions, type Diagnostic, didYouMean, failed, inArgument, ok, type Result } from "../base/index.js";
import { checkLegality, type LegalMapping, parseMapping } from "../mappings/index.js";
import {
  builtInWorkload,
  isInlineLayer,
  type Layer,
  parseInlineLayer,
  parseWorkload,
  type RunType,
  selectLayers,
  type Workload,
  withTypes,
  workloadNames,
} from "../workloads/index.js";
import { isFile, isFolder, readText } from "./files.js";
import { loadOnnx } from "./onnx.js";

export { all, both } from "./results.js";

/** Whether a file is an ONNX model, by its ending. */
export const isOnnx = (file: string): boolean => /\.onnx$/i.test(file);

/** The workload of an operand: a built-in name, an inline layer, or a file. `inputs`: the folder whose tensors an ONNX model is for. */
export function loadWorkload(operand: string, inputs: string | null | undefined = null): Result<Workload> {
  if (isInlineLayer(operand)) return parseInlineLayer(operand);
  const builtIn = isFile(operand) ? undefined : builtInWorkload(operand);
  if (builtIn !== undefined) return ok(builtIn);
  if (looksLikeName(operand)) return failed([unknownName("workload", operand, workloadNames)]);
  if (isOnnx(operand)) return loadOnnx(operand, inputs ?? null);
  const text = readText(operand);
  return text.ok ? parseWorkload(text.value, operand) : text;
}

/** The architecture of `--arch`: a built-in name or a file, its variables set, its tensors compared with the workload's. */
export function loadArchitecture(
  word: string,
  settings: ReadonlyMap<string, string>,
  workload?: Workload,
): Result<Architecture> {
  const builtIn = isFile(word) ? undefined : builtInArchitecture(word, settings);
  if (builtIn !== undefined) return builtIn;
  if (looksLikeName(word)) return failed([unknownName("architecture", word, architectureNames)]);
  const text = readText(word);
  return text.ok ? parseArchitecture(text.value, word, settings, tensorNames(workload)) : text;
}

/** Every name that an architecture can know a tensor of the workload by. */
function tensorNames(workload: Workload | undefined): readonly string[] {
  if (workload === undefined) return [];
  const own = workload.layers.flatMap(({ einsum }) => einsum.tensors.flatMap(({ name, alias }) => [alias, name]));
  return [...new Set(["Inputs", "Weights", "Outputs", ...own])];
}

/** The layers that `--layer` picks (all, where none is given), in the types of `--type`. */
export function pickLayers(
  workload: Workload,
  patterns: readonly string[],
  type: RunType | null,
): Result<readonly Layer[]> {
  const picked = patterns.length === 0 ? ok(workload) : selectLayers(workload, patterns);
  if (!picked.ok) return picked;
  const { layers } = picked.value;
  return ok(type === null ? layers : layers.map((layer) => withTypes(layer, type)));
}

/** The mapping of `--mapping` for one layer, checked: the file itself, or LAYER.yaml in the folder. */
export function loadMapping(
  path: string,
  layer: Layer,
  architecture: Architecture,
  conventions: Conventions,
): Result<LegalMapping> {
  const file = isFolder(path) ? join(path, mappingFileName(layer.name)) : path;
  const text = readText(file);
  if (!text.ok) return text;
  const parsed = parseMapping(text.value, file);
  if (!parsed.ok) return parsed;
  const { mapping, at } = parsed.value;
  return checkLegality(mapping, layer, architecture, { conventions, at });
}

/** The file of a layer's mapping: its name with what file systems dislike replaced. */
export function mappingFileName(layer: string): string {
  return `${mappingFolderName(layer)}.yaml`;
}

/** The folder of a workload's mappings, where there are several workloads. */
export const mappingFolderName = (workload: string): string => workload.replaceAll(/[^\w.+-]+/g, "_");

/** A bare word without a path or an ending is meant as a name, unless such a file exists. */
const looksLikeName = (word: string): boolean => !/[./\\:]/.test(word) && !isFile(word);

function unknownName(what: string, word: string, names: readonly string[]): Diagnostic {
  return {
    code: `usage/unknown-${what}`,
    message: `there is no built-in ${what} and no file called ${JSON.stringify(word)}`,
    at: inArgument("command line", word),
    hint: didYouMean(word, names),
  };
}
