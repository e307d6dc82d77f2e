import { checkLegality, type LegalMapping, type ResolvedDataflow } from "../mappings/index.js";
import type { Setting } from "./atoms.js";
import { mappingsOf } from "./build.js";
import type { ChainLoop } from "./chains.js";
import { fanoutPosition, type OrderFamily } from "./orders.js";
import type { Picked } from "./smooth-dual.kernel.js";
import type { SmoothPacking } from "./smooth-packing.js";

/** Loop orders that are tried of one choice of chains. */
const ORDERS = 4;

/** Legal mappings that come close to a choice of smooth chains: its tiles, its iterations along the packed fan-out, each tile rounded up where it must. */
export function mappingsNear(
  { problem, placement }: Setting,
  order: OrderFamily,
  packing: SmoothPacking,
  picked: Picked,
  dataflow: ResolvedDataflow | null,
): readonly LegalMapping[] {
  const loops: ChainLoop[] = [];
  for (const { variable, tiles, uses } of picked.flat()) {
    let extent = problem.bounds[variable] ?? 1;
    const add = (by: number, place: number, axis: "x" | "y", position: number): void => {
      if (by >= extent) return;
      const fanout = place < 0 ? packing.fanout : -1;
      loops.push({ variable, count: Math.ceil(extent / by), by, place, fanout, axis, position });
      extent = by;
    };
    for (let region = 0; region <= placement.nodes.length; region++) {
      const tile = Math.min(extent, tiles[region] ?? 1);
      const there = packing.fanout >= 0 && placement.fanouts[region]?.includes(problem.fanouts[packing.fanout] ?? -1);
      const [x = 1, y = 1] = there === true ? uses : [];
      if (((order.allowed[variable] ?? 0) & (1 << region)) !== 0) add(tile * x * y, region, "x", -1);
      if (there !== true) continue;
      const position = fanoutPosition(problem, placement, packing.fanout);
      add(Math.max(tile, Math.ceil(extent / x)), -1, "x", position);
      add(Math.max(tile, Math.ceil(extent / y)), -1, "y", position + 2);
    }
    if (extent > 1) return [];
  }
  const found: LegalMapping[] = [];
  let tried = 0;
  for (const mapping of mappingsOf(problem, placement, order, loops, false, dataflow)) {
    if (++tried > ORDERS) break;
    const legal = checkLegality(mapping, problem.layer, problem.architecture);
    if (legal.ok) found.push(legal.value);
  }
  return found;
}
