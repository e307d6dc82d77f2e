import { inputsOf, outputOf } from "../counts.js";
import type { ElementType, Layer, Tensor } from "../einsum.js";
import type { Graph, LayerNode, Port } from "../graph/types.js";

/**
 * Layers that are wired by the names of their tensors, such as the parts of a softmax or of a recurrent cell, as a graph: what one of them gives, later ones
 * read. What none of them gives are the graph's inputs, in the order in which they are read; the last layer's output is its output.
 */
export function graphOfLayers(name: string, layers: readonly Layer[]): Graph {
  const tensors = new Map<string, Port>();
  const inputs: Port[] = [];
  const nodes = layers.map((layer): LayerNode => {
    for (const tensor of inputsOf(layer.einsum)) {
      if (tensors.has(tensor.name)) continue;
      inputs.push(portOf(tensor));
      tensors.set(tensor.name, portOf(tensor));
    }
    const output = outputOf(layer.einsum);
    if (tensors.has(output.name)) throw new Error(`two layers give ${output.name}`);
    tensors.set(output.name, portOf(output));
    const read = inputsOf(layer.einsum).map((tensor) => tensor.name);
    return { kind: "layer", name: layer.name, layer, inputs: read, outputs: [output.name] };
  });
  const last = nodes.at(-1)?.outputs.map((output) => tensors.get(output)) ?? [];
  const outputs = last.flatMap((port) => port ?? []);
  return { name, inputs, outputs, constants: new Map(), tensors, nodes, source: "", notes: [] };
}

const portOf = ({ name, shape, type }: Tensor): Port => ({ name, shape, type: valueType(type) });

function valueType({ kind, bits }: ElementType): Port["type"] {
  if (kind === "float") return bits > 32 ? "float64" : bits < 32 ? "float16" : "float32";
  const name = `${kind}${bits}`;
  const whole = (["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const).find(
    (type) => type === name,
  );
  return whole ?? "int32";
}
