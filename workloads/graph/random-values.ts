import { product, seeded } from "../../base/index.js";
import type { Graph, GraphNode, Known, Port } from "./types.js";
import { isFloat, limitsOf, zerosOf } from "./value-types.js";

/** Values of a tensor between two bounds, the same for the same seed. */
function uniform({ type, shape }: Pick<Port, "type" | "shape">, low: number, high: number, seed: number): Known {
  const random = seeded(seed);
  const values = zerosOf(type, product(shape));
  const steps = 1 << 20;
  for (let i = 0; i < values.length; i++) values[i] = low + ((high - low) * random.integer(0, steps)) / steps;
  return { type, shape, values };
}

/** Random inputs of a graph: floats between −1 and 1, whole numbers of 0 to 7. */
export function seededGraphInputs({ inputs }: Graph, seed: number): ReadonlyMap<string, Known> {
  return new Map(
    inputs.map((port, i) => {
      const [low, high] = isFloat(port.type) ? [-1, 1] : [0, Math.min(7, limitsOf(port.type).high)];
      return [port.name, uniform(port, low, high, seed + i)];
    }),
  );
}

/**
 * Random weights in place of those that a model fills with one constant (`ConstantOfShape`, as models that are shared without their weights do):
 * for runGraph's `instead`. Filters between ±√(6 ÷ fan-in) (He et al., ICCV 2015), so that values neither vanish nor grow from layer to layer;
 * scales and variances of normalisations between 0.5 and 1.5; biases and means between −0.1 and 0.1.
 */
export function seededWeights(graph: Graph, seed: number): (name: string, value: Known) => Known {
  const filled = graph.nodes.flatMap((node) =>
    node.kind === "step" && node.step === "ConstantOfShape" ? node.outputs : [],
  );
  const numbers = new Map(filled.map((name, i) => [name, i]));
  const readers = new Map<string, GraphNode>();
  for (const node of graph.nodes) for (const name of node.inputs) if (!readers.has(name)) readers.set(name, node);
  return (name, value) => {
    const number = numbers.get(name);
    if (number === undefined || !isFloat(value.type)) return value;
    const [low, high] = rangeOf(name, value.shape, readers.get(name));
    return uniform(value, low, high, seed + number);
  };
}

function rangeOf(name: string, shape: readonly number[], reader: GraphNode | undefined): readonly [number, number] {
  const place = reader?.inputs.indexOf(name) ?? -1;
  if (reader?.kind === "step" && reader.step === "BatchNormalization" && (place === 1 || place === 4))
    return [0.5, 1.5];
  if (shape.length < 2) return [-0.1, 0.1];
  const reach = Math.sqrt(6 / product(shape.slice(1)));
  return [-reach, reach];
}
