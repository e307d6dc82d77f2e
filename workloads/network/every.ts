import { inArgument } from "../../base/index.js";
import type { Layer, Workload } from "../einsum.js";
import { fieldOf } from "../fields.js";
import { kindNames, readKind } from "../kinds.js";
import { withBias } from "../start.js";
import type { Activation, NetworkEntry } from "./network.js";
import { isHeavyKind } from "./network.js";

/** Whether a layer is of those that a vector unit runs where an architecture has one. */
export const isLight = ({ kind }: Layer): boolean => kindNames.includes(kind) && !isHeavyKind(kind);

/**
 * All layers of a workload in execution order, light ones too; an activation is a layer of its own, `conv1.relu`, except under `fuse`: then
 * accumulators start at the biases, and activations are applied on the way out, wherever the layer's Einsum allows it.
 */
export function everyLayerOf({ layers, network }: Workload, fuse: boolean): readonly Layer[] {
  if (network === undefined) return fuse ? layers.map(biased) : layers;
  return network.entries.flatMap((entry) => (fuse ? fusedLayers(entry) : separateLayers(entry)));
}

function separateLayers(entry: NetworkEntry): readonly Layer[] {
  const { layers, activation } = entry;
  return activation === null ? layers : [...layers, activationLayer(entry, activation)];
}

function fusedLayers(entry: NetworkEntry): readonly Layer[] {
  const { activation } = entry;
  const layers = entry.layers.map(biased);
  const last = layers.at(-1);
  if (activation === null || last === undefined) return layers;
  if (last.einsum.operation.after !== null) return [...layers, activationLayer(entry, activation)];
  return [...layers.slice(0, -1), activated(last, activation)];
}

const activated = (layer: Layer, after: Activation): Layer => ({
  ...layer,
  einsum: { ...layer.einsum, operation: { ...layer.einsum.operation, after } },
});

/** The layer with its accumulators starting at its bias; as it is where it has none, or where that cannot be said. */
export function biased(layer: Layer): Layer {
  if ((layer.biases ?? 0) === 0) return layer;
  const { variables } = layer.einsum;
  const channels = layer.kind === "gemm" ? ["n"] : variables.includes("g") ? ["g", "m"] : ["m"];
  const einsum = withBias(layer.einsum, channels);
  return einsum === undefined ? layer : { ...layer, einsum };
}

/** The activation at the end of an entry, as a layer. */
function activationLayer({ name, shape, layers }: NetworkEntry, { name: kind, ...figures }: Activation): Layer {
  const [n = 1, c = 1, h = 1, ...rest] = shape;
  const w = rest.reduce((product, extent) => product * extent, 1);
  const given = Object.entries({ N: n, C: c, H: h, W: w, ...figures }).filter(([key]) => key !== "kind");
  const fields = new Map(given.map(([key, value]) => [key, fieldOf(name, key, value)]));
  const [part] = readKind(kind, fields, inArgument(name), [], [])?.parts ?? [];
  if (part === undefined) throw new Error(`no activation ${kind} at the end of ${name}`);
  return { name: `${name}.${kind}`, kind, repeat: layers[0]?.repeat ?? 1, einsum: part.einsum };
}
