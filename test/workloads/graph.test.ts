import { expect } from "chai";
import { GraphBuilder, type Known, type Layer, parseInlineLayer, reference, runGraph } from "../../workloads/index.js";

describe("a graph", () => {
  const gemm = layerOf("gemm:M=2,N=3,K=4,type=float32");
  const known = (shape: readonly number[], values: readonly number[]): Known => ({
    ...{ type: "float32", shape },
    values: Float32Array.from(values),
  });
  const weights = known([4, 3], [1, 0, -1, 0, 1, 0, 0, 0, 2, 1, 1, 1]);
  const x = known([2, 4], [1, 2, 3, 4, -1, -2, -3, -4]);

  function built(): GraphBuilder {
    const builder = new GraphBuilder({ run: null });
    builder.input({ name: "x", type: "float32", shape: [2, 4] });
    builder.constant("w", weights);
    builder.layer(gemm, ["x", "w"], "scores", "float32", [2, 3]);
    builder.step("Relu", ["scores"], ["hidden"]);
    builder.step("Softmax", ["hidden"], ["y"], { axis: -1 });
    return builder;
  }

  it("infers the shapes of all tensors while it is built", () => {
    const { tensors } = built().graph("mlp", ["y"], "a test");
    expect([...tensors.values()].map(({ name, shape }) => [name, ...shape])).to.deep.equal([
      ["x", 2, 4],
      ["w", 4, 3],
      ["scores", 2, 3],
      ["hidden", 2, 3],
      ["y", 2, 3],
    ]);
  });

  it("runs its layers by the function it is given, its steps by itself, and shows every tensor", () => {
    const seen = new Map<string, readonly number[]>();
    const graph = built().graph("mlp", ["y"], "a test");
    const outputs = runGraph(graph, new Map([["x", x]]), {
      layer: (layer, inputs) => reference(layer.einsum, inputs),
      seen: (name, value) => seen.set(name, [...value.values]),
    });
    expect(seen.get("scores")).to.deep.equal([5, 6, 9, -5, -6, -9]);
    expect(seen.get("hidden")).to.deep.equal([5, 6, 9, 0, 0, 0]);
    expect([...(outputs.get("y")?.values.slice(3) ?? [])]).to.deep.equal([1 / 3, 1 / 3, 1 / 3].map(Math.fround));
  });

  it("works steps on known values out while it is built", () => {
    const builder = new GraphBuilder({ run: null });
    builder.constant("w", weights);
    builder.step("Shape", ["w"], ["shape"]);
    expect([...(builder.operand("shape").values ?? [])]).to.deep.equal([4, 3]);
    expect(builder.graph("folded", ["shape"], "a test").nodes).to.have.lengthOf(0);
  });
});

function layerOf(inline: string): Layer {
  const workload = parseInlineLayer(inline);
  const layer = workload.ok ? workload.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(`no layer ${inline}`);
  return layer;
}
