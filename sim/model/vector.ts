import type { VectorUnit } from "../../arch-specs/index.js";
import { product } from "../../base/index.js";
import { type Einsum, operationsOf, type Tensor, tensorWords } from "../../workloads/index.js";
import type { TensorAccesses, VectorCounts } from "../counts.js";
import { isStart, reducedVariables } from "./starts.js";

/** Counts an Einsum on a vector unit by formula (docs/semantics.md, rules 15 and 16). */
export function predictVector(einsum: Einsum, unit: VectorUnit): VectorCounts {
  const requests = einsum.tensors.map((tensor, t) => requestsOf(einsum, tensor, t));
  const words = einsum.tensors.map(tensorWords);
  const backing = einsum.tensors.map(({ role }, tensor): TensorAccesses => {
    const moved = words[tensor] ?? 0;
    return { tensor, fills: 0, reads: role === "input" ? moved : 0, updates: role === "output" ? moved : 0, drains: 0 };
  });
  const own = einsum.tensors.map(({ role }, tensor): TensorAccesses => {
    const moved = words[tensor] ?? 0;
    if (role === "output") return { tensor, fills: 0, reads: 0, updates: moved, drains: moved };
    return { tensor, fills: moved, reads: requests[tensor] ?? 0, updates: 0, drains: 0 };
  });
  const atBacking = own.map((accesses) => ({ ...accesses, fills: 0, drains: 0 }));
  const levels =
    unit.level === 0
      ? [{ level: 0, tensors: atBacking }]
      : [
          { level: 0, tensors: backing },
          { level: unit.level, tensors: own },
        ];
  return { ...operationsOf(einsum), levels };
}

/** One word a point (of the start: a word of the output); where padding is free, of the points inside alone. */
function requestsOf(einsum: Einsum, tensor: Tensor, t: number): number {
  if (tensor.role === "output") return 0;
  const reduced = isStart({ einsum }, t) ? reducedVariables(einsum) : [];
  const bounds = einsum.bounds.map((bound, variable) => (reduced.includes(variable) ? 1 : bound));
  if (einsum.padding === "counted") return product(bounds);
  const groups = groupsOf(tensor);
  const grouped = new Set(groups.flatMap(({ variables }) => variables));
  const others = bounds.filter((_, variable) => !grouped.has(variable));
  return product([...others, ...groups.map((group) => insideOf(tensor, group, bounds))]);
}

interface Group {
  readonly axes: readonly number[];
  readonly variables: readonly number[];
}

/** Axes that share variables belong together. */
function groupsOf({ ranks }: Tensor): readonly Group[] {
  let groups: readonly Group[] = [];
  ranks.forEach(({ terms }, axis) => {
    const own = terms.map(({ variable }) => variable);
    const [met, apart] = [true, false].map((wanted) =>
      groups.filter(({ variables }) => variables.some((v) => own.includes(v)) === wanted),
    );
    const axes = [...(met ?? []).flatMap((group) => group.axes), axis];
    const variables = [...new Set([...(met ?? []).flatMap((group) => group.variables), ...own])];
    groups = [...(apart ?? []), { axes, variables }];
  });
  return groups;
}

/** The points of a group whose coordinates lie inside the tensor. */
function insideOf(tensor: Tensor, { axes, variables }: Group, bounds: readonly number[]): number {
  const point = new Map<number, number>();
  const along = (depth: number): number => {
    const variable = variables[depth];
    if (variable === undefined)
      return axes.every((axis) => {
        const rank = tensor.ranks[axis];
        const x = (rank?.terms ?? []).reduce(
          (sum, term) => sum + term.coefficient * (point.get(term.variable) ?? 0),
          rank?.offset ?? 0,
        );
        return x >= 0 && x < (tensor.shape[axis] ?? 0);
      })
        ? 1
        : 0;
    let inside = 0;
    for (let k = 0; k < (bounds[variable] ?? 1); k++) {
      point.set(variable, k);
      inside += along(depth + 1);
    }
    return inside;
  };
  return along(0);
}
