import { expect } from "chai";
import { seeded } from "../../base/index.js";
import {
  type Graph,
  gradients,
  type Known,
  type Layer,
  reference,
  runGraph,
  type Values,
} from "../../workloads/index.js";
import { unwrapped } from "../workloads/arbitraries.js";

export const size = (shape: readonly number[]): number => shape.reduce((n, extent) => n * extent, 1);
export const float = (shape: readonly number[], values: ArrayLike<number>): Known => ({
  ...{ type: "float64", shape },
  values: Float64Array.from(values),
});
/** Words no two of which are equal: multiples of a step, shuffled, both signs or one only. */
export function words(shape: readonly number[], seed: number, isPositive: boolean): Float64Array {
  const random = seeded(seed);
  const values = Float64Array.from({ length: size(shape) }, (_, i) => (i + 0.5) / size(shape) / 1.1);
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [values[i], values[j]] = [values[j] ?? 0, values[i] ?? 0];
  }
  return values.map((value, i) => (isPositive || i % 2 === 0 ? value : -value));
}

const layerRunner = (layer: Layer, inputs: readonly Values[]): Values => reference(layer.einsum, inputs);
const outputsOf = (graph: Graph, inputs: ReadonlyMap<string, Known>): Map<string, Known> =>
  runGraph(graph, inputs, { layer: layerRunner });

/** Every gradient of Σ u·y of a graph with these inputs, against central differences. */
export function expectGradients(
  graph: Graph,
  of: string,
  inputs: ReadonlyMap<string, Known>,
  wanted: readonly string[],
): void {
  const backward = unwrapped(gradients(graph, of, wanted));
  const { shape } = backward.inputs.at(-1) ?? { shape: [] };
  const upstream = float(shape, words(shape, 99, false));
  const found = outputsOf(backward, new Map([...inputs, [`d${of}`, upstream]]));
  const lossWith = (name: string, values: Float64Array): number => {
    const moved = outputsOf(graph, new Map([...inputs, [name, { ...(inputs.get(name) ?? upstream), values }]]));
    return [...(moved.get(of)?.values ?? [])].reduce((sum, y, i) => sum + y * (upstream.values[i] ?? 0), 0);
  };
  const step = 2 ** -17;
  for (const name of wanted) {
    const values = Float64Array.from(inputs.get(name)?.values ?? []);
    const slopes = found.get(`d${name}`);
    expect(slopes?.shape).to.deep.equal(inputs.get(name)?.shape);
    values.forEach((value, i) => {
      const by = (x: number): number => lossWith(name, values.with(i, x));
      const expected = (by(value + step) - by(value - step)) / (2 * step);
      expect(slopes?.values[i], `d${name}[${i}]`).to.be.closeTo(expected, 1e-6 * (1 + Math.abs(expected)));
    });
  }
}
