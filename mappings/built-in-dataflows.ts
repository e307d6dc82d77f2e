import type { Architecture } from "../arch-specs/index.js";
import { type Diagnostic, failed, inArgument, ok, type Result } from "../base/index.js";
import type { Einsum, Tensor } from "../workloads/index.js";
import { type Dataflow, freeRule, type LevelRule } from "./dataflow.js";
import { resolveDataflow } from "./dataflow-resolve.js";
import { type Roles, rolesOf } from "./roles.js";
import { isRelevant } from "./tensors.js";

export type BuiltInDataflow = "ws" | "os" | "is" | "rs" | "nlr" | "any";
export const BUILT_IN_DATAFLOWS: readonly BuiltInDataflow[] = ["ws", "os", "is", "rs", "nlr", "any"];

/** What a taxonomy entry says about the PEs, in variable numbers. */
interface Entry {
  readonly keeps: readonly Tensor[];
  readonly below: readonly number[] | null;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * A dataflow of Eyeriss' taxonomy (ISCA'16, section IV) for this layer; its variables are found by role, so it suits
 * matrix products too (their columns stand for the positions). Fails, naming the constraint, where the architecture cannot
 * hold to it or the layer has no weights to be stationary.
 */
export function builtInDataflow(name: BuiltInDataflow, architecture: Architecture, einsum: Einsum): Result<Dataflow> {
  if (name === "any") return ok({ name, rules: new Map() });
  const at = inArgument(`dataflow ${name}`);
  const roles = rolesOf(einsum);
  const missing = name === "ws" ? "weights" : "inputs";
  if ((name === "ws" || name === "is") && roles[missing] === null) return failed([noTensor(name, missing, at)]);
  const entry = entryOf(name, roles, einsum);
  const named = (variables: readonly number[]): readonly string[] =>
    variables.flatMap((v) => einsum.variables[v] ?? []);
  const pe: LevelRule = {
    ...freeRule(at),
    keeps: entry.keeps.map((tensor) => tensor.name),
    loopsBelow: entry.below === null ? null : named(entry.below),
  };
  const rules = new Map([["@PE", pe]]);
  if (architecture.levels.some((level) => level.kind === "fanout"))
    rules.set("@PEs", { ...freeRule(at), x: named(entry.x), y: named(entry.y) });
  const dataflow = { name, rules };
  const resolved = resolveDataflow(dataflow, architecture, einsum);
  return resolved.ok ? ok(dataflow) : resolved;
}

const noTensor = (name: string, missing: string, at: Diagnostic["at"]): Diagnostic => ({
  code: "dataflow/no-such-tensor",
  message: `${name} needs ${missing}, this layer has none`,
  at,
});

function entryOf(name: Exclude<BuiltInDataflow, "any">, roles: Roles, einsum: Einsum): Entry {
  const { inputs, weights, outputs, filters, channels, groups, batch, windows } = roles;
  const all = [...einsum.variables.keys()];
  const within = (tensor: Tensor | null): readonly number[] =>
    all.filter((v) => tensor !== null && isRelevant(tensor, v));
  const without = (tensor: Tensor | null): readonly number[] =>
    all.filter((v) => tensor !== null && !isRelevant(tensor, v));
  const taps = windows.flatMap((w) => w.taps);
  const positions = windows.length === 0 ? batch : windows.flatMap((w) => w.positions);
  const deep = [...filters, ...channels, ...groups];
  const keep = (...tensors: (Tensor | null)[]): readonly Tensor[] => tensors.flatMap((tensor) => tensor ?? []);
  switch (name) {
    case "ws":
      return { keeps: keep(weights), below: without(weights), x: deep, y: deep };
    case "os":
      return { keeps: [outputs], below: without(outputs), x: within(outputs), y: within(outputs) };
    case "is": {
      const spread = [...channels, ...groups, ...positions];
      return { keeps: keep(inputs), below: [...without(inputs), ...taps], x: spread, y: spread };
    }
    case "rs": {
      const row = windows.at(-1);
      const stacked = windows.slice(0, -1);
      const inRow = row === undefined ? batch : [...row.positions, ...row.taps];
      const rows = row === undefined ? batch : stacked.flatMap((w) => w.positions);
      return {
        keeps: einsum.tensors,
        below: [...inRow, ...deep],
        x: rows,
        y: [...stacked.flatMap((w) => w.taps), ...deep],
      };
    }
    default:
      return { keeps: [], below: null, x: deep, y: deep };
  }
}
