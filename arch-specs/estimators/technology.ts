/** A fabrication process: the node in nm, and the supply voltage. */
export interface Technology {
  readonly nodeNm: number;
  readonly volts: number;
}

/** Nodes with published factors, in nm, largest first. */
const NODES: readonly number[] = [130, 90, 65, 45, 32, 20, 16, 14, 10, 7];
/** Switching energy at supply V is proportional to a·V² + b·V + c. */
const SWITCHING: readonly (readonly [number, number, number])[] = [
  [7.171, -6.709, 2.904],
  [4.762, -4.781, 2.092],
  [3.755, -4.398, 1.975],
  [1.103, -0.362, 0.2767],
  [0.9559, -0.7823, 0.471],
  [0.373, -0.1582, 0.04104],
  [0.2958, -0.1241, 0.03024],
  [0.2363, -0.09675, 0.02239],
  [0.2068, -0.09311, 0.02375],
  [0.1776, -0.09097, 0.02447],
];
/** Area relative to 45 nm. */
const AREA: readonly number[] = [6.4, 2.8, 1.5, 1, 0.46, 0.21, 0.19, 0.17, 0.1, 0.059];

export const SMALLEST_NODE_NM = 7;
export const LARGEST_NODE_NM = 130;
/** Where an architecture gives no voltage, figures are taken over at the supply of the 45 nm table they mostly come from. */
export const DEFAULT_VOLTS = 0.9;
export const SCALING_SOURCE =
  "scaled between nodes as in Stillmaker and Baas, Integration 58 (2017): quadratic in the supply voltage, linear between nodes";

/** The value at a node, from those at the published nodes, linearly in the node. */
function atNode(nodeNm: number, values: readonly number[]): number {
  for (let i = 1; i < NODES.length; i++) {
    const [large, small] = [NODES[i - 1] ?? 0, NODES[i] ?? 0];
    if (nodeNm < small) continue;
    const share = (nodeNm - small) / (large - small);
    return (values[i - 1] ?? 0) * share + (values[i] ?? 0) * (1 - share);
  }
  throw new Error(`no scaling factors for ${nodeNm} nm`);
}

const switching = ({ nodeNm, volts }: Technology): number =>
  atNode(
    nodeNm,
    SWITCHING.map(([a, b, c]) => a * volts * volts + b * volts + c),
  );

/** What an energy (or a leakage power) of one process is multiplied with to get that of another. */
export const energyScale = (from: Technology, to: Technology): number => switching(to) / switching(from);
/** The same for areas. */
export const areaScale = (from: Technology, to: Technology): number =>
  atNode(to.nodeNm, AREA) / atNode(from.nodeNm, AREA);
