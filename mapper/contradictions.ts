import type { FanoutLevel } from "../arch-specs/index.js";
import type { FanoutRule } from "../mappings/index.js";
import type { Asked } from "./relaxations.js";

/**
 * What a dataflow's numbers of iterations ask for that no mapping can give, told without a search: those of a fan-out that its axes have no room for, and
 * with perfect factors also those of a variable that its bound is no multiple of.
 */
export function contradictions({
  layer,
  architecture,
  dataflow,
  imperfect = false,
}: Omit<Asked, "conventions">): readonly string[] {
  if (dataflow === null) return [];
  const { variables, bounds } = layer.einsum;
  const nameOf = (level: number): string => architecture.levels[level]?.name ?? "";
  // A storage that keeps nothing has no loops of its own, and its factors ask for nothing.
  const present = [...[...dataflow.storages].filter(([, { must }]) => must.size > 0), ...dataflow.fanouts];
  const indivisible = variables.flatMap((variable, v) => {
    const asked = present.flatMap(([level, { factors }]) => {
      const n = factors.get(v);
      return n === undefined ? [] : [{ n, level }];
    });
    const together = asked.reduce((product, { n }) => product * n, 1);
    const bound = bounds[v] ?? 1;
    if (bound % together === 0) return [];
    const places = asked.map(({ n, level }) => `${n} in ${nameOf(level)}`).join(" × ");
    return [`${dataflow.name} asks for iterations of ${variable} that ${bound} is no multiple of: ${places}`];
  });
  const crowded = [...dataflow.fanouts].flatMap(([level, rule]) => {
    const fanout = architecture.levels[level];
    if (fanout?.kind !== "fanout" || hasRoom(fanout, rule, [...rule.factors])) return [];
    const along = (["x", "y"] as const).flatMap((axis) => {
      const only = rule[axis];
      return only === null
        ? []
        : [`, along ${axis} only ${[...only].map((v) => variables[v]).join(", ") || "nothing"}`];
    });
    const asked = `${[...rule.factors].map(([v, n]) => `${n} of ${variables[v]}`).join(" × ")}${along.join("")}`;
    return [
      `${fanout.name} has ${fanout.x} × ${fanout.y} (x × y), too few for the iterations that ${dataflow.name} asks for: ${asked}`,
    ];
  });
  return imperfect ? crowded : [...indivisible, ...crowded];
}

/** Whether the iterations can be split over the two axes, each variable along those that it may be spread on. */
function hasRoom(
  { x, y }: FanoutLevel | { x: number; y: number },
  rule: FanoutRule,
  left: readonly (readonly [number, number])[],
): boolean {
  const [first, ...rest] = left;
  if (first === undefined) return true;
  const [variable, n] = first;
  for (let along = 1; along <= n; along++) {
    if (n % along !== 0) continue;
    const across = n / along;
    if (along > 1 && rule.x?.has(variable) === false) continue;
    if (across > 1 && rule.y?.has(variable) === false) continue;
    if (along > x || across > y) continue;
    if (hasRoom({ x: Math.floor(x / along), y: Math.floor(y / across) }, rule, rest)) return true;
  }
  return false;
}
