import type { Limits } from "./limits.js";
import { clearView, type OrderFamily, positionsOf, tensorsAt } from "./orders.js";
import { type Placement, permutations, product, subsets } from "./placement.js";
import { positionOfBlock } from "./places.js";
import { type Problem, relevance } from "./problem.js";
import { ANY_TURNS, isInAnyOrder, type View, viewsOf } from "./views.js";

/**
 * Orders where the loops of a level stand together, below all its nodes (Timeloop's conventions). Nothing is lifted or sunk. A node sees irrelevant
 * loops for nothing at the inner end of the region above its level, or, where all loops of that region are irrelevant to its tensor, of
 * the region above that, and so on: its *cut*.
 *
 * Every node has a cut wherever one can pay. A family without it would have the same loops charged: given the tensors T₁, T₂, … that cut a region, in
 * the order of their say, loops relevant to T₁ stand outermost, then those relevant to T₂, …, and one more tensor with the least say only
 * orders loops that were in no order before. That order could only take away ways to interleave coupled groups' loops so that they slide a
 * tile. Hence every choice of coupled loops may stay outside a tail, with the loops relevant to its tensor, and is charged; and as soon as two
 * tensors have sliding tiles, families without some cuts are searched as well.
 */
export function* evenOrdersOf(problem: Problem, limits: Limits, placement: Placement): Generator<OrderFamily> {
  const seen = new Set<string>();
  const base = problem.einsum.variables.map((_, v) => {
    let bits = 0;
    for (let r = 0; r <= placement.nodes.length; r++)
      if (problem.active.includes(v) && limits.temporal(placement, r, v)) bits |= 1 << r;
    return bits;
  });
  const sliding = problem.relevance.filter((of) => of.includes("partial")).length;
  // A tail in a prescribed order leaves out loops that could stand there, so it need not pay.
  const withNone = sliding > 1 || !isInAnyOrder(limits, placement);
  for (const cuts of cutChoices(problem, placement, base, withNone, 0, []))
    for (const family of familiesOf(problem, limits, placement, base, cuts)) {
      const key = keyOf(problem, placement, family);
      if (!seen.has(key)) yield family;
      seen.add(key);
    }
}

/** Per node the region that it cuts, −1 for none. */
function* cutChoices(
  problem: Problem,
  placement: Placement,
  base: readonly number[],
  withNone: boolean,
  node: number,
  chosen: readonly number[],
): Generator<readonly number[]> {
  const here = placement.nodes[node];
  if (here === undefined) {
    yield chosen;
    return;
  }
  const regions = Array.from({ length: node + 1 }, (_, r) => node - r).filter((region) =>
    problem.active.some(
      (v) => relevance(problem, here.tensor, v) === "irrelevant" && ((base[v] ?? 0) & (1 << region)) !== 0,
    ),
  );
  const options = withNone || regions.length === 0 ? [-1, ...regions] : regions;
  for (const region of options) yield* cutChoices(problem, placement, base, withNone, node + 1, [...chosen, region]);
}

/** The families of some cuts: one for each way in which the loops of every region stand. */
function* familiesOf(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  base: readonly number[],
  cuts: readonly number[],
): Generator<OrderFamily> {
  const ways = Array.from({ length: placement.nodes.length + 1 }, (_, region) => {
    const tensors = tensorsAt(placement, cuts, region);
    const prescribed = limits.prescribed(placement, region);
    return [...(prescribed === null ? freeViewsOf(problem, tensors) : viewsOf(problem, tensors, prescribed))];
  });
  for (const views of product(ways)) {
    const allowed = [...base];
    cuts.forEach((region, j) => {
      if (region >= 0) clearView(problem, placement, allowed, j, region, views[region]);
    });
    const [depth, turns] = [views.map((view) => view.depth), views.map((view) => view.turns)];
    yield { depth, turns, allowed, cuts: positionsOf(placement, cuts, views), streamed: [], unused: 0 };
  }
}

/** The views of tensors in every order of say, with every choice of coupled loops outside their tails. */
function* freeViewsOf(problem: Problem, tensors: readonly number[]): Generator<View> {
  const outside = tensors.flatMap((tensor) => outsideOf(problem, tensor).map((v) => ({ tensor, v })));
  for (const left of subsets(outside))
    for (const say of permutations(tensors)) {
      const isOutside = (tensor: number, v: number): boolean =>
        left.some((one) => one.tensor === tensor && one.v === v);
      const depth = problem.einsum.variables.map((_, v) => {
        const block = say.findIndex((t) => relevance(problem, t, v) !== "irrelevant" || isOutside(t, v));
        return block < 0 ? say.length : block;
      });
      yield { depth, tails: new Map(say.map((tensor, i) => [tensor, i + 1])), turns: ANY_TURNS };
    }
}

/** Coupled variables irrelevant to the tensor: their loops may stand outside its tail, where they slide another tensor's tile. */
const outsideOf = (problem: Problem, tensor: number): readonly number[] =>
  problem.groups
    .filter(({ coupled }) => coupled)
    .flatMap(({ variables }) => variables.filter((v) => relevance(problem, tensor, v) === "irrelevant"));

/** Families with equal keys allow the same loops, in the same order, and charge the same of them. */
function keyOf(problem: Problem, placement: Placement, { depth, allowed, cuts }: OrderFamily): string {
  const isOpen = (region: number, v: number): boolean => ((allowed[v] ?? 0) & (1 << region)) !== 0;
  const order = depth.map((of, region) => {
    const open = problem.active.filter((v) => isOpen(region, v));
    const blocks = [...new Set(open.map((v) => of[v] ?? 0))].sort((a, b) => a - b);
    return problem.active.map((v) => (isOpen(region, v) ? blocks.indexOf(of[v] ?? 0) : "")).join();
  });
  const charged = placement.nodes.map(({ tensor }, j) =>
    problem.active
      .filter((v) => relevance(problem, tensor, v) === "irrelevant")
      .map((v) =>
        depth
          .slice(0, j + 1)
          .map((of, region) => (isOpen(region, v) && positionOfBlock(region, of[v] ?? 0) < (cuts[j] ?? 0) ? 1 : 0))
          .join(""),
      )
      .join(),
  );
  return `${order.join("/")} ${charged.join("/")}`;
}
