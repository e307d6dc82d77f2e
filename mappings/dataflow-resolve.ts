import type { Architecture } from "../arch-specs/index.js";
import { didYouMean, type Location, Problems, type Result } from "../base/index.js";
import type { Einsum, RankVariable } from "../workloads/index.js";
import type { Dataflow, FanoutRule, LevelRule, ResolvedDataflow, StorageRule } from "./dataflow.js";
import { levelAt, policyOf, storageAt } from "./tensors.js";

/** Names that a dataflow may use although this layer lacks them: it is written for many layers. */
const USUAL_VARIABLES: readonly RankVariable[] = ["n", "m", "c", "p", "q", "r", "s", "g", "k"];
const USUAL_TENSORS: readonly string[] = ["Inputs", "Weights", "Outputs"];

/** The storage levels below the innermost fan-out; without a fan-out the innermost one, unless it is also the outermost. */
export function innermostStorages(architecture: Architecture): readonly number[] {
  const storages = architecture.levels.flatMap((level, i) => (level.kind === "storage" ? [i] : []));
  const fanout = architecture.levels.findLastIndex((level) => level.kind === "fanout");
  if (fanout >= 0) return storages.filter((i) => i > fanout);
  return storages.length > 1 ? storages.slice(-1) : [];
}

/** Looks up the names of a dataflow; says which constraint the architecture cannot hold to. */
export function resolveDataflow(
  dataflow: Dataflow,
  architecture: Architecture,
  einsum: Einsum,
): Result<ResolvedDataflow> {
  const problems = new Problems();
  const storages = new Map<number, StorageRule>();
  const fanouts = new Map<number, FanoutRule>();
  for (const [name, rule] of dataflow.rules) {
    const levels = levelsNamed(name, rule, architecture, problems);
    const names = new Names(einsum, rule.at, problems);
    const kinds = new Set(levels.map((i) => levelAt(architecture, i).kind));
    if (kinds.has("storage") || (kinds.size === 0 && role(name) === "PE")) {
      if (rule.x !== null || rule.y !== null)
        problems.report("dataflow/wrong-constraint", `"x" and "y" suit fan-outs, ${name} is storage`, rule.at);
      for (const [i, found] of storageRules(name, rule, levels, architecture, einsum, names, problems))
        storages.set(i, found);
    } else if (kinds.has("fanout")) {
      if (rule.keeps !== null || rule.loopsBelow !== null || rule.order !== null)
        problems.report(
          "dataflow/wrong-constraint",
          `"keeps", "loopsBelow" and "order" suit storage, ${name} is a fan-out`,
          rule.at,
        );
      const found = { x: names.variables(rule.x), y: names.variables(rule.y), ...factorsOf(rule, names) };
      for (const i of levels) fanouts.set(i, found);
    }
  }
  return problems.result({ name: dataflow.name, storages, fanouts });
}

/** `@PE` is always the role, `PE` where no level has that name. */
const role = (name: string): string => name.replace(/^@/, "");

function levelsNamed(name: string, rule: LevelRule, architecture: Architecture, problems: Problems): readonly number[] {
  const exact = architecture.levels.findIndex((level) => level.name === name);
  if (exact >= 0 && levelAt(architecture, exact).kind !== "compute") return [exact];
  if (role(name) === "PE") return innermostStorages(architecture);
  const fanouts = architecture.levels.flatMap((level, i) => (level.kind === "fanout" ? [i] : []));
  if (role(name) === "PEs") return fanouts;
  const known = architecture.levels.flatMap((level) => (level.kind === "compute" ? [] : [level.name]));
  problems.report(
    "dataflow/unknown-level",
    `${architecture.name} has no level ${JSON.stringify(name)}`,
    rule.at,
    didYouMean(name, [...known, "PE", "PEs"]),
  );
  return [];
}

function storageRules(
  name: string,
  rule: LevelRule,
  levels: readonly number[],
  architecture: Architecture,
  einsum: Einsum,
  names: Names,
  problems: Problems,
): ReadonlyMap<number, StorageRule> {
  const keeps = rule.keeps === null ? null : names.tensors(rule.keeps);
  const mayKeep = names.tensors(rule.mayKeep);
  const common = {
    loopsBelow: names.variables(rule.loopsBelow),
    order: orderOf(rule, names, problems),
    ...factorsOf(rule, names),
  };
  const rules = new Map(levels.map((i) => [i, { must: new Set<number>(), may: new Set<number>(), ...common }]));
  einsum.tensors.forEach((tensor, t) => {
    const can = levels.filter((i) => policyOf(storageAt(architecture, i), tensor) !== "never");
    const innermost = can.at(-1);
    if (keeps?.has(t) && innermost === undefined)
      problems.report("dataflow/cannot-keep", cannotKeep(name, tensor.name, levels, architecture), rule.at);
    for (const i of can) {
      const must = policyOf(storageAt(architecture, i), tensor) === "must";
      const allowed = keeps === null || keeps.has(t) || mayKeep.has(t);
      if (must && !allowed)
        problems.report(
          "dataflow/must-keep",
          `${levelAt(architecture, i).name} of ${architecture.name} must keep ${tensor.name}, the dataflow sends it past`,
          rule.at,
          "an architecture that leaves it to the mapper says mayKeep",
        );
      if (must || (keeps?.has(t) && i === innermost)) rules.get(i)?.must.add(t);
      else if (allowed) rules.get(i)?.may.add(t);
    }
  });
  return rules;
}

const cannotKeep = (name: string, tensor: string, levels: readonly number[], architecture: Architecture): string =>
  levels.length === 0
    ? `${architecture.name} has no storage next to compute (${role(name)}) to keep ${tensor} in`
    : `${levels.map((i) => levelAt(architecture, i).name).join(", ")} of ${architecture.name} may not keep ${tensor}, the dataflow wants it kept`;

function factorsOf(
  rule: LevelRule,
  names: Names,
): {
  readonly factors: ReadonlyMap<number, number>;
  readonly maxFactors: ReadonlyMap<number, number>;
  readonly at: Location;
} {
  return { factors: names.numbers(rule.factors), maxFactors: names.numbers(rule.maxFactors), at: rule.at };
}

function orderOf(rule: LevelRule, names: Names, problems: Problems): readonly (number | null)[] | null {
  if (rule.order === null) return null;
  const repeated = rule.order.find((name, i) => rule.order?.indexOf(name) !== i);
  if (repeated !== undefined)
    problems.report("dataflow/repeated", `"order" names ${JSON.stringify(repeated)} twice`, rule.at);
  const order = rule.order.flatMap((name): (number | null)[] => {
    if (name === "*") return [null];
    const variable = names.variable(name);
    return variable === null ? [] : [variable];
  });
  return order.includes(null) ? order : [null, ...order];
}

/** Looks up variables and tensors; usual names that this layer happens to lack are passed over. */
class Names {
  readonly #einsum: Einsum;
  readonly #at: Location;
  readonly #problems: Problems;
  constructor(einsum: Einsum, at: Location, problems: Problems) {
    this.#einsum = einsum;
    this.#at = at;
    this.#problems = problems;
  }

  variable(name: RankVariable): number | null {
    const index = this.#einsum.variables.indexOf(name);
    if (index >= 0) return index;
    if (!USUAL_VARIABLES.includes(name)) this.#unknown("variable", name, this.#einsum.variables);
    return null;
  }

  variables(names: readonly RankVariable[] | null): ReadonlySet<number> | null {
    return names === null ? null : new Set(names.flatMap((name) => this.variable(name) ?? []));
  }

  numbers(factors: ReadonlyMap<string, number>): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    for (const [name, n] of factors) {
      const variable = this.variable(name);
      if (variable !== null) found.set(variable, n);
    }
    return found;
  }

  tensors(names: readonly string[] | "all"): ReadonlySet<number> {
    const { tensors } = this.#einsum;
    if (names === "all") return new Set(tensors.keys());
    return new Set(
      names.flatMap((name) => {
        const found = tensors.flatMap((tensor, t) => (tensor.name === name || tensor.alias === name ? [t] : []));
        if (found.length === 0 && !USUAL_TENSORS.includes(name))
          this.#unknown(
            "tensor",
            name,
            tensors.map((tensor) => tensor.name),
          );
        return found;
      }),
    );
  }

  #unknown(what: string, name: string, known: readonly string[]): void {
    const message = `there is no ${what} ${JSON.stringify(name)} here`;
    this.#problems.report(`dataflow/unknown-${what}`, message, this.#at, didYouMean(name, known));
  }
}
