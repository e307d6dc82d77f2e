import type { Limits } from "./limits.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem } from "./problem.js";
import type { Box, SmoothGroup } from "./smooth-group.kernel.js";
import type { SmoothPacking } from "./smooth-packing.js";

/**
 * The boxes of a family as far as a dataflow's numbers of iterations leave them. A nest's spatial factors are no more than the mapping's iterations (smooth.ts): so a
 * variable goes no further along the packed fan-out than it may, and where it has to have n iterations on one axis, all others have no more than the
 * nth part of it. Where one iteration is all that a level may have of a variable, it has no loop there.
 */
export function askedBoxes(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  { fanout, x, y }: SmoothPacking,
  groups: readonly SmoothGroup[],
  boxes: readonly Box[],
): readonly Box[] {
  if (!limits.constrained) return boxes;
  const level = problem.fanouts[fanout] ?? -1;
  const asked = problem.active.map((v) => ({ v, n: limits.iterations(level, v).least }));
  const most = (v: number, axis: "x" | "y"): number => {
    const size = axis === "x" ? x : y;
    const others = asked.filter(
      ({ v: other }) => other !== v && isAlong(problem, limits, placement, level, axis, other),
    );
    const taken = others.reduce((product, { n }) => product * n, 1);
    return Math.max(1, Math.min(limits.iterations(level, v).most, Math.floor(size / taken)));
  };
  return boxes.map((box, g) => {
    const variables = groups[g]?.variables ?? [];
    const [hi, closed] = [box.hi.slice(), box.closed.slice()];
    const width = hi.length / Math.max(1, variables.length);
    variables.forEach((v, i) => {
      for (let region = 0; region <= placement.nodes.length; region++) {
        const there = placement.nodes[region - 1]?.level ?? Math.max(...placement.backing);
        if (limits.iterations(there, v).most === 1) closed[i] = (closed[i] ?? 0) | (1 << region);
      }
      if (fanout < 0) return;
      (["x", "y"] as const).forEach((axis, a) => {
        const at = (i + 1) * width - 2 + a;
        hi[at] = Math.min(hi[at] ?? 1, most(v, axis));
      });
    });
    return { ...box, hi, closed };
  });
}

/** Whether all spatial loops of the variable on the fan-out go along the axis. */
function isAlong(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  level: number,
  axis: "x" | "y",
  variable: number,
): boolean {
  const other = axis === "x" ? "y" : "x";
  return fanoutOf(problem, level)[other] === 1 || !limits.spatial(placement, level, other, variable);
}
