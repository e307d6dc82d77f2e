import type { Conventions } from "../base/index.js";
import { ok, type Result } from "../base/index.js";
import {
  checkLegality,
  importTimeloop,
  type LegalMapping,
  type TimeloopDesign,
  type TimeloopFile,
} from "../mappings/index.js";
import type { TimeloopAccesses } from "../reports/index.js";
import { resultOf, timeloopText } from "../reports/index.js";
import { evaluateAsTimeloop, evaluateUnder, type TimeloopEvaluation } from "../sim/conventions/index.js";
import type { Answer } from "./answers.js";
import { readText } from "./files.js";
import { all } from "./inputs.js";
import { misuse } from "./job.js";
import { type Option, text } from "./option.js";

/** The options that name Timeloop's files by what is in them; any of them may hold any part. */
export const fileOptions: {
  readonly problem: Option<string | null>;
} = {
  problem: text("FILE", "with --from timeloop: the problem"),
};

export interface NamedFiles {
  readonly arch: string | null;
  readonly problem: string | null;
  readonly mapping: string | null;
  readonly ert: string | null;
  readonly art: string | null;
}

/** Reads and imports the files that are named by options and those that stand by themselves, as one design. */
export function loadTimeloop(named: NamedFiles, others: readonly string[]): Result<TimeloopDesign> {
  const paths = [named.arch, named.problem, named.mapping, named.ert, named.art, ...others].filter(
    (path) => path !== null,
  );
  const files = all(
    paths.map((path): Result<TimeloopFile> => {
      const read = readText(path);
      return read.ok ? ok({ name: path, text: read.value }) : read;
    }),
  );
  return files.ok ? importTimeloop(files.value) : files;
}

/** The design's mapping, checked. */
export function legalFrom(design: TimeloopDesign, conventions: Conventions): Result<LegalMapping> {
  const { architecture, layer, mapping, at } = design;
  const missing = [
    ...(architecture === null ? ["architecture"] : []),
    ...(layer === null ? ["problem"] : []),
    ...(mapping === null ? ["mapping"] : []),
  ];
  if (architecture === null || layer === null || mapping === null) {
    const hint = "loopwright evaluate --from timeloop --arch arch.yaml --problem problem.yaml --mapping mapping.yaml";
    return misuse("missing", `none of the files holds ${missing.join(", or ")}`, hint);
  }
  return checkLegality(mapping, layer, architecture, { at, conventions });
}

export interface Pricing {
  readonly conventions: Conventions;
  readonly linkTransfers: boolean;
}

/** The price of an imported mapping under any conventions, and what timeloop-model would print beside it. */
export function answerFrom(legal: LegalMapping, options: Pricing): Answer & { readonly printed: string } {
  const theirs = evaluateAsTimeloop(legal, options);
  const ours =
    options.conventions === "timeloop" ? theirs.evaluation : evaluateUnder(legal, options.conventions, options);
  const { conventions } = options;
  const result = resultOf(legal, ours, { workload: legal.layer.name, conventions, timeloop: accessesOf(theirs) });
  return { legal, result, printed: timeloopText(theirs) };
}

function accessesOf({ levels }: TimeloopEvaluation): TimeloopAccesses {
  return Object.fromEntries(
    levels.map(({ name, tensors }) => [
      name,
      Object.fromEntries(tensors.map((t) => [t.name, { reads: t.reads, fills: t.fills, updates: t.updates }])),
    ]),
  );
}
