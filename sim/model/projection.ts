import type { Einsum, Tensor } from "../../workloads/index.js";

/** How a tensor's coordinates follow from the rank variables, arranged for counting. */
export interface Projection {
  /** Per variable, its coefficient on every axis; irrelevant variables have none but zeros. */
  readonly coefficients: readonly (readonly number[])[];
  readonly offsets: readonly number[];
  /** Words along each axis; beyond lies padding. */
  readonly shape: readonly number[];
  /** Axes that share variables, joined; a box is the product of its shadows on the groups. */
  readonly groups: readonly Group[];
  /** Per variable, the group that it moves; −1 if irrelevant. */
  readonly groupOf: readonly number[];
  /** Whether padding is free and tiles may reach out of the tensor along the axis: their words must be clipped there. */
  readonly clipped: readonly boolean[];
}

/** A set of axes and of the variables that move along them, with no link to other axes. */
export interface Group {
  readonly axes: readonly number[];
  readonly variables: readonly number[];
}

export function projectionOf(tensor: Tensor, einsum: Einsum): Projection {
  const coefficients = einsum.variables.map((_, v) =>
    tensor.ranks.map((rank) => rank.terms.find((term) => term.variable === v)?.coefficient ?? 0),
  );
  const groups = groupsOf(tensor);
  const groupOf = einsum.variables.map((_, v) => groups.findIndex((group) => group.variables.includes(v)));
  const clipped = tensor.ranks.map(({ terms, offset }, axis) => {
    let [low, high] = [offset, offset];
    for (const { variable, coefficient } of terms) {
      const reach = coefficient * ((einsum.bounds[variable] ?? 1) - 1);
      if (reach < 0) low += reach;
      else high += reach;
    }
    return einsum.padding === "free" && (low < 0 || high >= (tensor.shape[axis] ?? 0));
  });
  const offsets = tensor.ranks.map((rank) => rank.offset);
  return { coefficients, offsets, shape: tensor.shape, groups, groupOf, clipped };
}

function groupsOf(tensor: Tensor): readonly Group[] {
  const groups: { axes: number[]; variables: Set<number> }[] = [];
  tensor.ranks.forEach((rank, axis) => {
    const joined = { axes: [axis], variables: new Set(rank.terms.map((term) => term.variable)) };
    for (const group of groups.filter((g) => [...g.variables].some((v) => joined.variables.has(v)))) {
      groups.splice(groups.indexOf(group), 1);
      joined.axes.push(...group.axes);
      for (const v of group.variables) joined.variables.add(v);
    }
    groups.push(joined);
  });
  return groups.map(({ axes, variables }) => ({
    axes: axes.sort((a, b) => a - b),
    variables: [...variables].sort((a, b) => a - b),
  }));
}

/** How far one step of `by` along the variable moves a tile, per axis. */
export const stepOf = (projection: Projection, variable: number, by: number): readonly number[] =>
  (projection.coefficients[variable] ?? []).map((coefficient) => coefficient * by);

/** The length along every axis of the tile that the extents span. */
export const lengthsOf = (projection: Projection, extents: readonly number[]): readonly number[] =>
  projection.offsets.map((_, axis) => {
    let length = 1;
    projection.coefficients.forEach((perAxis, v) => {
      length += Math.abs(perAxis[axis] ?? 0) * ((extents[v] ?? 1) - 1);
    });
    return length;
  });

export const isRelevant = (projection: Projection, variable: number): boolean =>
  (projection.groupOf[variable] ?? -1) >= 0;

/** Whether the variable shares an axis with others, or moves several axes: tiles may then overlap in several ways. */
export function isCoupled(projection: Projection, variable: number): boolean {
  const group = projection.groups[projection.groupOf[variable] ?? -1];
  return group !== undefined && (group.variables.length > 1 || group.axes.length > 1);
}
