import { CONVENTIONS, failed, inArgument, ok, type Result } from "../base/index.js";
import type { SheetFormat } from "../reports/index.js";
import type { RunType } from "../workloads/index.js";
import { type Asked, choice, flag, many, number, type Option, optional, shown, text } from "./option.js";

const RUN_TYPES: readonly RunType[] = ["int8", "int16", "int32", "float32", "float64"];

const LOWERINGS: readonly "im2col"[] = ["im2col"];

/** Options that several commands share, worded once. */
export const arch: Option<string | null> = text("NAME|FILE", "the architecture: a built-in name or a YAML file");
export const set: Option<readonly string[]> = many(
  "NAME=VALUE",
  "sets a variable of the architecture file; repeatable",
);
export const layer: Option<readonly string[]> = many(
  "NAME|GLOB",
  "only the layers of this name or pattern; repeatable",
);
export const mapping: Option<string | null> = text(
  "FILE|DIR",
  "a mapping file, or a folder with one LAYER.yaml a layer",
);
export const type: Option<RunType | null> = choice(RUN_TYPES, "element type of the inputs", null);
export const lower: Option<"im2col" | null> = choice(
  LOWERINGS,
  "runs convolutions as matrix products over their unfolded input",
  null,
);
export const conventions: Option<(typeof CONVENTIONS)[number]> = choice(
  CONVENTIONS,
  "whose counting rules price the mapping",
  "loopwright",
);
export const provenUnder: Option<(typeof CONVENTIONS)[number]> = choice(
  CONVENTIONS,
  "whose rules count, price and tell what fits; the proof holds under them",
  "loopwright",
);
export const seed: Option<number | null> = number("N", "seed of the values and of every random choice (1)", 0, "whole");
export const threads: Option<number | null> = number("N", "worker threads (as many as there are cores)", 1, "whole");
export const out: Option<string | null> = text(
  "DIR",
  "also writes report.html, layers.csv, result.json and mappings/LAYER.yaml there",
);

export const light: Option<boolean> = flag("of a network also the light steps: pooling, activations, normalisation, …");
export const fuse: Option<boolean> = flag("accumulators start at the biases, activations are applied on the way out");
export const training: Option<boolean> = flag("a training step: every layer forward, then its gradients");
/** `GLB.Inputs.fills`, `energy`: neither a workload nor a file. */
const isCount = (word: string): boolean =>
  /^(energy|cycles|[^./\\]+(\.[^./\\]+){2,})$/.test(word) && !/\.(ya?ml|onnx|json)$/.test(word);
export const beat: Option<string | null> = text(
  "FILE|DIR",
  "your own mapping, priced beside the best: where it loses, or why it can win",
);
export const why: Option<Asked> = optional(
  "LEVEL.TENSOR.COUNT",
  "says what binds the optimum, and the next best dataflow; with a name, derives that number of the best mapping",
  isCount,
);
export const explain: Option<Asked> = optional(
  "LEVEL.TENSOR.COUNT",
  "derives a number loop by loop (fills, reads, updates, drains, energy of a level; or the whole energy, or cycles)",
  isCount,
);

export type Format = SheetFormat;
const FORMATS: readonly Format[] = ["table", "csv", "json", "markdown"];

/** What every command understands. */
export const common: {
  readonly format: Option<Format>;
  readonly quiet: Option<boolean>;
  readonly help: Option<boolean>;
} = {
  format: choice<Format, Format>(FORMATS, "how the result is printed", "table"),
  quiet: flag("no progress, no notes"),
  help: flag("show this help"),
};

/** A value that the command cannot do without. */
export function required(name: string, value: string | null, hint: string): Result<string> {
  if (value !== null) return ok(value);
  const at = inArgument("command line");
  return failed([{ code: "usage/missing", message: `--${name} is missing`, at, hint }]);
}

/** The texts of `--set name=value` as a map. */
export function settingsOf(words: readonly string[]): Result<ReadonlyMap<string, string>> {
  const settings = new Map<string, string>();
  const wrong = words.filter((word) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.+)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined) return true;
    settings.set(name, value);
    return false;
  });
  if (wrong.length === 0) return ok(settings);
  return failed(
    wrong.map((word) => ({
      code: "usage/not-a-setting",
      message: `--set needs name=value, got ${shown(word)}`,
      at: inArgument("command line", "--set"),
      hint: "write --set rows=32",
    })),
  );
}
