import type { LegalMapping, ResolvedNode } from "../../mappings/index.js";

type Loop = Exclude<ResolvedNode, { readonly kind: "keep" }>;

/** Written apart from the product's enumeration, to judge it: the one loop tree that stands for all equal ones. */
export function canonical(nodes: LegalMapping["nodes"], orders: "distinct" | "all"): string {
  const runs: { keeps: string[]; loops: Loop[] }[] = [{ keeps: [], loops: [] }];
  for (const node of nodes) {
    const run = runs.at(-1);
    if (node.kind !== "keep") {
      if (node.extent > node.by) run?.loops.push(node);
    } else if (run === undefined || run.loops.length > 0)
      runs.push({ keeps: [`${node.level}:${node.tensor}`], loops: [] });
    else run.keeps.push(`${node.level}:${node.tensor}`);
  }
  return runs
    .map(({ keeps, loops }) => `${[...keeps].sort().join(" ")} | ${merged(loops, orders).map(show).join(" ")}`)
    .join(" / ");
}

const show = (loop: Loop): string =>
  loop.kind === "for" ? `${loop.variable}by${loop.by}` : `${loop.variable}by${loop.by}${loop.axis}${loop.fanout}`;
const letter = (loop: Loop): string => (loop.kind === "for" ? "z" : `${loop.axis}${loop.fanout}`);
const rank = (loop: Loop): string => letter(loop).slice(0, 1);

function merged(loops: readonly Loop[], orders: "distinct" | "all"): readonly Loop[] {
  const sorted = orders === "all" ? [...loops] : sort(loops);
  const at = sorted.findIndex((inner, i) => {
    const outer = sorted[i - 1];
    return outer?.variable === inner.variable && letter(outer) === letter(inner) && outer.by % inner.by === 0;
  });
  const [outer, inner] = [sorted[at - 1], sorted[at]];
  if (outer === undefined || inner === undefined) return sorted;
  return merged([...sorted.slice(0, at - 1), { ...inner, extent: outer.extent }, ...sorted.slice(at + 1)], orders);
}

/** Takes the least loop that can come first, again and again. */
function sort(loops: readonly Loop[]): Loop[] {
  const left = [...loops];
  const sorted: Loop[] = [];
  while (left.length > 0) {
    const free = left.filter((loop, i) => left.slice(0, i).every((above) => commute(above, loop)));
    const least = free.reduce((a, b) => (rank(b) < rank(a) ? b : a));
    sorted.push(least);
    left.splice(left.indexOf(least), 1);
  }
  return sorted;
}

function commute(a: Loop, b: Loop): boolean {
  if (a.variable === b.variable) return false;
  if (a.kind === "spatial" && b.kind === "spatial") return a.fanout === b.fanout && a.axis !== b.axis;
  return a.kind !== b.kind;
}
