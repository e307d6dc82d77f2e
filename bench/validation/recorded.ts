import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Architecture, builtInArchitecture, parseArchitecture } from "../../arch-specs/index.js";
import { format, type Result } from "../../base/index.js";
import {
  BUILT_IN_DATAFLOWS,
  builtInDataflow,
  checkLegality,
  type Dataflow,
  type LegalMapping,
  obeys,
  parseDataflow,
  parseMapping,
} from "../../mappings/index.js";
import { type LayerResult, resultOf } from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { type Layer, parseWorkload, type Workload } from "../../workloads/index.js";

/** This folder in the sources, from where it runs. */
const FOLDER = fileURLToPath(new URL("../../../bench/validation/", import.meta.url));
export const pathOf = (file: string): string => join(FOLDER, file);

/** A mapping that `compare` found, kept so that figures can be had without searching anew. */
export interface Recorded {
  readonly architecture: string;
  readonly dataflow: string;
  readonly layer: string;
  readonly mapping: LayerResult["mapping"];
}

/** One comparison: how its mappings are found. */
export interface Study {
  readonly name: string;
  readonly workload: string;
  readonly architectures: readonly string[];
  readonly dataflows: readonly string[];
  readonly layers: string;
  readonly objective: string;
}

/** The words after `loopwright` that find a study's mappings anew. */
export function commandOf(study: Study, limit: string): readonly string[] {
  const file = (name: string): string => (name.includes(".") ? `bench/validation/${name}` : name);
  return [
    ...["compare", file(study.workload), "--layer", study.layers],
    ...["--arch", study.architectures.map(file).join(",")],
    ...["--dataflows", study.dataflows.map(file).join(",")],
    ...["--objective", study.objective, "--time-limit", limit],
  ];
}

const recordOf = (study: Study): string => pathOf(`recorded/${study.name}.json`);

/** Keeps the mappings of a result file, one a line; where those that were recorded before take less energy, they stay. */
export function record(study: Study, results: readonly LayerResult[]): void {
  const before = existsSync(recordOf(study)) ? priced(study) : [];
  const best = new Map<string, LayerResult>();
  for (const result of [...results, ...before]) {
    const key = `${result.architecture} ${result.dataflow} ${result.layer}`;
    const known = best.get(key);
    if (known === undefined || result.energy_pJ < known.energy_pJ) best.set(key, result);
  }
  const lines = inOrder(study, [...best.values()]).map(({ architecture, dataflow = "", layer, mapping }) =>
    JSON.stringify({ architecture, dataflow, layer, mapping } satisfies Recorded),
  );
  writeFileSync(recordOf(study), `[\n${lines.join(",\n")}\n]\n`);
}

/** Layer by layer as the workload has them, in each the contenders as the study has them. */
function inOrder(study: Study, results: readonly LayerResult[]): readonly LayerResult[] {
  const layers = workloadOf(study).layers.map(({ name }) => name);
  const flows = study.dataflows.map((file) => file.replace(".yaml", ""));
  const place = ({ layer, dataflow = "" }: LayerResult): number =>
    layers.indexOf(layer) * flows.length + flows.indexOf(dataflow);
  return [...results].sort((a, b) => place(a) - place(b));
}

const workloadOf = ({ workload }: Study): Workload =>
  must(parseWorkload(readFileSync(pathOf(workload), "utf8"), workload));

/** The recorded mappings of a study, each checked against its layer, its architecture and its dataflow, and priced by the model. */
export function priced(study: Study): readonly LayerResult[] {
  const workload = workloadOf(study);
  const architectures = study.architectures.map(architectureOf);
  const recorded: readonly Recorded[] = JSON.parse(readFileSync(recordOf(study), "utf8"));
  return recorded.map((one) => {
    const layer = workload.layers.find(({ name }) => name === one.layer);
    const architecture = architectures.find(({ name }) => name === one.architecture);
    if (layer === undefined || architecture === undefined)
      throw new Error(`${study.name}: no ${one.layer} on ${one.architecture}`);
    return pricedOne(one, layer, architecture, workload);
  });
}

function pricedOne(one: Recorded, layer: Layer, architecture: Architecture, workload: Workload): LayerResult {
  const { mapping, at } = must(parseMapping(JSON.stringify(one.mapping), `${one.layer}.${one.dataflow}`));
  const legal: LegalMapping = must(checkLegality(mapping, layer, architecture, { at }));
  const broken = obeys(legal, dataflowOf(one.dataflow, layer, architecture));
  if (broken.length > 0) throw new Error(broken.map(format).join("\n"));
  return resultOf(legal, price(predict(legal), legal), {
    ...{ workload: workload.name, dataflow: one.dataflow, conventions: "loopwright" },
  });
}

/** A built-in architecture, or a file of this folder. */
export function architectureOf(name: string): Architecture {
  const builtIn = builtInArchitecture(name);
  return must(builtIn ?? parseArchitecture(readFileSync(pathOf(name), "utf8"), name));
}

function dataflowOf(name: string, layer: Layer, architecture: Architecture): Dataflow {
  const builtIn = BUILT_IN_DATAFLOWS.find((one) => one === name);
  if (builtIn !== undefined) return must(builtInDataflow(builtIn, architecture, layer.einsum));
  return must(parseDataflow(readFileSync(pathOf(`${name}.yaml`), "utf8"), name));
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors.map(format).join("\n"));
  return result.value;
}
