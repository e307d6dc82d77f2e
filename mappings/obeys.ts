import { ceilDiv, type Diagnostic } from "../base/index.js";
import type { Dataflow, FanoutRule, ResolvedDataflow, StorageRule } from "./dataflow.js";
import { resolveDataflow } from "./dataflow-resolve.js";
import type { LegalMapping, ResolvedNode } from "./mapping.js";
import { canonical, type Loop } from "./neighbours.js";
import { levelAt } from "./tensors.js";

const iterations = (loop: Loop): number => ceilDiv(loop.extent, loop.by);

/** Every constraint of the dataflow that the mapping breaks; none: it obeys. Loops of one iteration break nothing. */
export function obeys(legal: LegalMapping, dataflow: Dataflow): readonly Diagnostic[] {
  const resolved = resolveDataflow(dataflow, legal.architecture, legal.layer.einsum);
  return resolved.ok ? obeysResolved(legal, resolved.value) : resolved.errors;
}

/** The same, for a dataflow that is looked up already (the mapper and the generators ask often). Neighbouring loops that are one loop count as one. */
export function obeysResolved(mapping: LegalMapping, dataflow: ResolvedDataflow): readonly Diagnostic[] {
  const legal = { ...mapping, nodes: canonical(mapping.nodes) };
  const problems: Diagnostic[] = [];
  for (const [level, rule] of dataflow.storages) problems.push(...storageProblems(legal, dataflow.name, level, rule));
  for (const [level, rule] of dataflow.fanouts) problems.push(...fanoutProblems(legal, dataflow.name, level, rule));
  return problems;
}

function storageProblems(legal: LegalMapping, dataflow: string, level: number, rule: StorageRule): Diagnostic[] {
  const { nodes, layer, architecture } = legal;
  const { name } = levelAt(architecture, level);
  const say = (code: string, message: string): Diagnostic => ({
    code: `dataflow/${code}`,
    message: `${dataflow}: ${message}`,
    at: rule.at,
  });
  const problems: Diagnostic[] = [];
  layer.einsum.tensors.forEach((tensor, t) => {
    const kept = nodes.some((node) => node.kind === "keep" && node.level === level && node.tensor === t);
    if (!kept && rule.must.has(t)) problems.push(say("not-kept", `${name} must keep ${tensor.name}`));
    if (kept && !rule.must.has(t) && !rule.may.has(t))
      problems.push(say("kept", `${name} may not keep ${tensor.name}`));
  });
  const first = nodes.findIndex((node) => node.kind === "keep" && node.level === level);
  if (first < 0) return problems;
  const below = nodes.slice(first).filter((node) => node.kind !== "keep" && iterations(node) > 1) as Loop[];
  for (const { variable } of below)
    if (rule.loopsBelow !== null && !rule.loopsBelow.has(variable))
      problems.push(say("loop-below", `no loop over ${layer.einsum.variables[variable]} may stand below ${name}`));
  const own = ownLoops(nodes, first, level);
  if (rule.order !== null && !isInOrder(own, rule.order))
    problems.push(say("order", `the loops of ${name} are not in the order of the dataflow`));
  return [...problems, ...factorProblems(own, rule, name, legal, say)];
}

/** The temporal loops from the level's first keep node down to the first one further in, those of one iteration left out. */
export function ownLoops(nodes: readonly ResolvedNode[], first: number, level: number): readonly Loop[] {
  const next = nodes.findIndex((node) => node.kind === "keep" && node.level > level);
  const own = nodes.slice(first, next < 0 ? undefined : next);
  return own.flatMap((node) => (node.kind === "for" && iterations(node) > 1 ? [node] : []));
}

/** Whether the loops follow the order; null in it stands for every variable that it does not list. */
function isInOrder(loops: readonly Loop[], order: readonly (number | null)[]): boolean {
  const others = order.indexOf(null);
  const ranks = loops.map(({ variable }) => {
    const listed = order.indexOf(variable);
    return listed < 0 ? others : listed;
  });
  return ranks.every((rank, i) => i === 0 || (ranks[i - 1] ?? 0) <= rank);
}

function factorProblems(
  loops: readonly Loop[],
  rule: StorageRule | FanoutRule,
  name: string,
  legal: LegalMapping,
  say: (code: string, message: string) => Diagnostic,
): Diagnostic[] {
  const factor = (variable: number): number =>
    loops.reduce((n, loop) => (loop.variable === variable ? n * iterations(loop) : n), 1);
  const named = (variable: number): string => `${legal.layer.einsum.variables[variable]} in ${name}`;
  const exact = [...rule.factors].flatMap(([v, n]) =>
    factor(v) === n ? [] : [say("factor", `the factor of ${named(v)} must be ${n}, it is ${factor(v)}`)],
  );
  const most = [...rule.maxFactors].flatMap(([v, n]) =>
    factor(v) <= n ? [] : [say("factor", `the factor of ${named(v)} may be ${n} at most, it is ${factor(v)}`)],
  );
  return [...exact, ...most];
}

function fanoutProblems(legal: LegalMapping, dataflow: string, level: number, rule: FanoutRule): Diagnostic[] {
  const { name } = levelAt(legal.architecture, level);
  const say = (code: string, message: string): Diagnostic => ({
    code: `dataflow/${code}`,
    message: `${dataflow}: ${message}`,
    at: rule.at,
  });
  const loops = legal.nodes.flatMap((node) =>
    node.kind === "spatial" && node.fanout === level && iterations(node) > 1 ? [node] : [],
  );
  const spread = loops.flatMap(({ variable, axis }) => {
    const allowed = rule[axis];
    if (allowed === null || allowed.has(variable)) return [];
    const letter = legal.layer.einsum.variables[variable];
    return [say("spatial-variable", `${letter} may not be spread along ${axis} of ${name}`)];
  });
  return [...spread, ...factorProblems(loops, rule, name, legal, say)];
}
