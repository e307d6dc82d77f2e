import type { Setting } from "./atoms.js";
import { type ChainList, extentBelow } from "./chains.js";
import { extentsOf } from "./motion.js";
import type { OrderFamily } from "./orders.js";
import type { GroupTable } from "./tables.js";

/** What tiles take that stream through their nodes (streams.ts): per node and split of one group, the tile below the run under the node. */
export class StreamedTiles {
  private readonly setting: Setting;
  private readonly table: GroupTable;
  /** Per variable of the group, chains × K: the extent below the run. */
  private readonly extents: readonly Float64Array[];
  private readonly nodes: number;

  constructor(setting: Setting, order: OrderFamily, table: GroupTable, chains: readonly ChainList[]) {
    const { problem, placement } = setting;
    this.setting = setting;
    this.table = table;
    this.nodes = placement.nodes.length;
    this.extents = table.variables.map((v) =>
      Float64Array.from(
        Array.from({ length: chains[v]?.length ?? 0 }, (_, i) => chains[v]?.at(i) ?? []).flatMap((chain) =>
          placement.nodes.map((_, j) => {
            const run = order.streamed[j]?.[v] ?? 0;
            const inRun = chain.reduce(
              (n, { place, count }) => (place >= 0 && (run & (1 << place)) !== 0 ? n * count : n),
              1,
            );
            return extentBelow(problem, placement, chain, v, j) / inRun;
          }),
        ),
      ),
    );
  }

  /** Log of the words along the group's axes that the tile takes at the node. */
  logOf(row: number, node: number): number {
    const { setting, table, extents, nodes } = this;
    const tensor = setting.placement.nodes[node]?.tensor ?? -1;
    const n = table.variables.length;
    const sizes = extentsOf(setting.problem.axes[tensor]?.[table.group] ?? [], (v) => {
      const i = table.variables.indexOf(v);
      return extents[i]?.[(table.chains[row * n + i] ?? 0) * nodes + node] ?? 1;
    });
    return Math.log(sizes.reduce((words, size) => words * size, 1));
  }
}
