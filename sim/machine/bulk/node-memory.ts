import type { Places, Program } from "../code/program.js";
import { at } from "../nest.js";
import type { Node } from "./stages.js";

/** Where a node's tables, counters and buffers lie, in bytes. */
export interface NodeMemory {
  /** Address of each instance's buffer. */
  readonly table: number;
  /** Address of the parent's buffer, moved to where the words of an instance with offset 0 would be. */
  readonly parentTable: number;
  readonly buffers: number;
  readonly bytesPerBuffer: number;
}

export function nodeMemory(node: Node, places: Places, bytesPerWord: number): NodeMemory {
  const count = node.indices.length;
  const bytesPerBuffer = Math.ceil((node.words * bytesPerWord) / 16) * 16;
  return {
    table: places.take(4 * count),
    parentTable: places.take(4 * count),
    buffers: places.take(bytesPerBuffer * count),
    bytesPerBuffer,
  };
}

/** Writes where the buffers of a node and those above them are. */
export function fillTables(
  { indices, parents, offsets, laid }: Node,
  memory: NodeMemory,
  above: { readonly node: Node; readonly memory: NodeMemory } | null,
  program: Program,
): void {
  const integers = new Int32Array(program.memory.buffer);
  const rank = laid.ranks.length;
  for (let i = 0; i < indices.length; i++) {
    integers[memory.table / 4 + i] = memory.buffers + i * memory.bytesPerBuffer;
    if (above === null) continue;
    const parent = at(parents, i);
    let address = above.memory.buffers + parent * above.memory.bytesPerBuffer;
    for (let axis = 0; axis < rank; axis++)
      address +=
        (at(offsets, i * rank + axis) - at(above.node.offsets, parent * rank + axis)) * at(above.node.strides, axis);
    integers[memory.parentTable / 4 + i] = address;
  }
}
