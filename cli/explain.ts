import type { Architecture } from "../arch-specs/index.js";
import { didYouMean, failed, inArgument, ok, type Result } from "../base/index.js";
import type { LegalMapping } from "../mappings/index.js";
import { type Explanation, explainCount, explainCycles, explainEnergy } from "../reports/index.js";
import { type CountName, predict } from "../sim/model/index.js";
import { price } from "../sim/pricing/index.js";
import type { Layer } from "../workloads/index.js";
import { all } from "./inputs.js";

/** A number of a result that can be explained. */
export type Target =
  | { readonly kind: "energy" }
  | { readonly kind: "cycles" }
  | { readonly kind: "energy of"; readonly level: number; readonly tensor: number }
  | { readonly kind: "count"; readonly level: number; readonly tensor: number; readonly count: CountName };

const COUNTS: readonly CountName[] = ["fills", "reads", "updates", "drains"];
const WHOLE = ["energy", "cycles"] as const;
const AT = inArgument("command line", "--explain");

/** `GLB.Inputs.fills`, `GLB.Inputs.energy`, `energy`, `cycles`, for one layer on one architecture. */
export function readTarget(word: string, layer: Layer, architecture: Architecture): Result<Target> {
  const whole = WHOLE.find((kind) => kind === word);
  if (whole !== undefined) return ok({ kind: whole });
  const parts = word.split(".");
  const [levelName = "", tensorName = "", action = ""] = [parts.slice(0, -2).join("."), parts.at(-2), parts.at(-1)];
  if (parts.length < 3)
    return wrong(
      `${JSON.stringify(word)} is no count`,
      `write LEVEL.TENSOR.COUNT, such as ${exampleFor(layer, architecture)}; or energy, or cycles`,
    );
  const storages = architecture.levels.flatMap((level, i) =>
    level.kind === "storage" ? [{ name: level.name, i }] : [],
  );
  const level = storages.find(({ name }) => name === levelName);
  const { tensors } = layer.einsum;
  const tensor = tensors.findIndex(({ name, alias }) => name === tensorName || alias === tensorName);
  const count = COUNTS.find((one) => one === action);
  const checks = [
    level === undefined
      ? wrong(
          `${architecture.name} has no storage ${JSON.stringify(levelName)}`,
          didYouMean(
            levelName,
            storages.map(({ name }) => name),
          ),
        )
      : ok(undefined),
    tensor < 0
      ? wrong(
          `${layer.name} has no tensor ${JSON.stringify(tensorName)}`,
          didYouMean(
            tensorName,
            tensors.map(({ name }) => name),
          ),
        )
      : ok(undefined),
    count === undefined && action !== "energy"
      ? wrong(`nothing called ${JSON.stringify(action)} is counted`, didYouMean(action, [...COUNTS, "energy"]))
      : ok(undefined),
  ];
  const checked = all(checks);
  if (!checked.ok) return checked;
  const place = { level: level?.i ?? -1, tensor };
  return ok(count === undefined ? { kind: "energy of", ...place } : { kind: "count", count, ...place });
}

function exampleFor({ einsum }: Layer, { levels }: Architecture): string {
  const storages = levels.filter((level) => level.kind === "storage");
  return `${storages[1]?.name ?? storages[0]?.name ?? "GLB"}.${einsum.tensors[0]?.name ?? "Inputs"}.reads`;
}

const wrong = (message: string, hint: string): Result<never> =>
  failed([{ code: "explain/unknown-count", message, at: AT, hint }]);

/**
 * How the numbers come about in this mapping. Asking for a tensor that it does not keep there is a mistake, but where several layers are
 * asked at once (`isOneOfMany`), such a layer simply has nothing to tell.
 */
export function explanationsOf(
  words: readonly string[],
  legal: LegalMapping,
  isOneOfMany: boolean,
): Result<readonly Explanation[]> {
  const targets = all(words.map((word) => readTarget(word, legal.layer, legal.architecture)));
  if (!targets.ok) return targets;
  const told = targets.value.filter((target) => !isOneOfMany || isCounted(target, legal));
  return all(told.map((target) => explain(target, legal)));
}

const isCounted = (target: Target, { nodes }: LegalMapping): boolean =>
  !("level" in target) ||
  nodes.some((node) => node.kind === "keep" && node.level === target.level && node.tensor === target.tensor);

function explain(target: Target, legal: LegalMapping): Result<Explanation> {
  if (target.kind === "count") {
    const explanation = explainCount(legal, target);
    return explanation === null ? notKept(legal, target) : ok(explanation);
  }
  const counts = predict(legal);
  const priced = price(counts, legal);
  if (target.kind === "cycles") return ok(explainCycles(legal, counts, priced));
  if (target.kind !== "energy of") return ok(explainEnergy(legal, counts, priced, null));
  return isCounted(target, legal) ? ok(explainEnergy(legal, counts, priced, target)) : notKept(legal, target);
}

function notKept(
  { layer, architecture, nodes }: LegalMapping,
  place: { level: number; tensor: number },
): Result<never> {
  const tensor = layer.einsum.tensors[place.tensor]?.name ?? "";
  const levels = nodes.flatMap((node) => (node.kind === "keep" && node.tensor === place.tensor ? [node.level] : []));
  const names = levels.map((level) => architecture.levels[level]?.name ?? "");
  return failed([
    {
      code: "explain/not-kept",
      message: `${tensor} bypasses ${architecture.levels[place.level]?.name} in this mapping of ${layer.name}: nothing is counted there`,
      at: AT,
      hint: `the mapping keeps ${tensor} in ${names.join(", ")}`,
    },
  ]);
}
