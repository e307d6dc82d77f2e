import type { Mapping, MappingNode } from "../../mappings/index.js";

const PADS: Readonly<Record<string, string>> = { Weights: "FilterPad", Inputs: "IfmapPad", Outputs: "PsumPad" };
const BANKS: Readonly<Record<string, string>> = { Inputs: "IfmapBanks", Outputs: "PsumBanks" };

/** The elements' one store of the chip's mappings, as the three scratchpads that it has. */
export const onPads = (mapping: Mapping): Mapping => split(mapping, "PE", PADS);

/** The same, and its one buffer as banks for each tensor; a pass's filters lie in banks of their own above the array. */
export function onBanks(mapping: Mapping): Mapping {
  const { nodes } = split(onPads(mapping), "GLB", BANKS);
  const array = nodes.findIndex(({ kind }) => kind === "spatial");
  const filters: MappingNode = { kind: "keep", tensors: ["Weights"], level: "FilterBanks" };
  return { nodes: nodes.toSpliced(array, 0, filters) };
}

/** Keeps each tensor of a level in a level of its own. */
function split({ nodes }: Mapping, level: string, own: Readonly<Record<string, string>>): Mapping {
  return {
    nodes: nodes.flatMap((node): readonly MappingNode[] => {
      if (node.kind !== "keep" || node.level !== level) return [node];
      return Object.entries(own).flatMap(([tensor, place]) =>
        node.tensors.includes(tensor) ? [{ kind: "keep" as const, tensors: [tensor], level: place }] : [],
      );
    }),
  };
}
