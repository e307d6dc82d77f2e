import { expect } from "chai";
import {
  type Attributes,
  einsumWithTypes,
  GraphBuilder,
  gradientsOfGraph,
  isDifferentiable,
  type Known,
  type Layer,
  steps,
} from "../../workloads/index.js";
import { einsumFrom, layerFrom, unwrapped } from "../workloads/arbitraries.js";
import { expectGradients, float, words } from "./differences.js";

const whole = (...values: readonly number[]): Known => ({
  ...{ type: "int64", shape: [values.length] },
  values: Float64Array.from(values),
});

interface Case {
  readonly step: string;
  /** Shapes of the float operands, which are differentiated. */
  readonly shapes: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  /** Further operands, by number. */
  readonly rest?: Readonly<Record<number, Known>>;
  readonly isPositive?: boolean;
  /** How many outputs there are, and which is looked at. */
  readonly outputs?: readonly [count: number, seen: number];
}

function expectStep({ step, shapes, attributes = {}, rest = {}, isPositive = false, outputs = [1, 0] }: Case): void {
  const builder = new GraphBuilder({ run: null });
  const inputs = new Map<string, Known>();
  const names: string[] = [];
  let next = 0;
  for (let i = 0; next < shapes.length || rest[i] !== undefined; i++) {
    const given = rest[i];
    const shape = given?.shape ?? shapes[next] ?? [];
    names[i] = given === undefined ? `x${i}` : builder.constant(`c${i}`, given);
    if (given !== undefined) continue;
    next++;
    builder.input({ name: `x${i}`, type: "float64", shape });
    inputs.set(`x${i}`, float(shape, words(shape, i + 1, isPositive)));
  }
  const results = Array.from({ length: outputs[0] }, (_, i) => `y${i}`);
  builder.step(step, names, results, attributes);
  const of = `y${outputs[1]}`;
  expectGradients(builder.graph(step, [of], "a test"), of, inputs, [...inputs.keys()]);
}

const UNARY = [
  ...["Abs", "Asin", "Asinh", "Atan", "Atanh", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid"],
  ...["HardSwish", "LeakyRelu", "Mish", "Neg", "Reciprocal", "Relu", "Selu", "Shrink", "Sigmoid", "Sin", "Sinh"],
  ...["Softplus", "Softsign", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Acos", "Ceil", "Floor", "Round", "Sign"],
];

const CASES: readonly Case[] = [
  ...UNARY.map((step) => ({ step, shapes: [[2, 3]] })),
  { step: "Acosh", shapes: [[0]] },
  { step: "Gelu", shapes: [[7]], attributes: { approximate: "tanh" } },
  ...["Elu", "Celu", "LeakyRelu", "Selu", "HardSigmoid", "Swish", "ThresholdedRelu"].map((step) => ({
    ...{ step, shapes: [[7]], attributes: step === "Selu" ? { alpha: 0.3, gamma: 1.5 } : { alpha: 0.3, beta: 0.2 } },
  })),
  { step: "Clip", shapes: [[9]], attributes: { min: -0.4, max: 0.5 } },
  { step: "Clip", shapes: [[9]], rest: { 1: float([], [-0.4]), 2: float([], [0.5]) } },
  { step: "Log", shapes: [[5]], isPositive: true },
  { step: "Sqrt", shapes: [[5]], isPositive: true },
  ...["Add", "Sub", "Mul", "Max", "Min"].map((step) => ({
    step,
    shapes: [
      [2, 3, 2],
      [3, 1],
    ],
  })),
  { step: "Add", shapes: [[2, 3, 2], [3]], attributes: { broadcast: 1, axis: 1 } },
  { step: "Div", shapes: [[2, 3], [3]], isPositive: true },
  { step: "Pow", shapes: [[2, 3], [1]], isPositive: true },
  { step: "Sum", shapes: [[2, 3], [3], [2, 1]] },
  { step: "Mean", shapes: [[2, 3], [3], [2, 1]] },
  { step: "Max", shapes: [[5], [5], [1]] },
  { step: "PRelu", shapes: [[2, 3, 2, 2], [3]] },
  { step: "PRelu", shapes: [[2, 3], [1]] },
  { step: "Where", shapes: [[2, 2], [2]], rest: { 0: { type: "bool", shape: [2, 1], values: Int32Array.of(1, 0) } } },
  {
    step: "Concat",
    shapes: [
      [2, 1, 2],
      [2, 3, 2],
    ],
    attributes: { axis: 1 },
  },
  { step: "DepthToSpace", shapes: [[1, 4, 2, 2]], attributes: { blocksize: 2 } },
  { step: "SpaceToDepth", shapes: [[1, 1, 4, 2]], attributes: { blocksize: 2 } },
  { step: "Expand", shapes: [[3, 1]], rest: { 1: whole(2, 3, 2) } },
  { step: "Tile", shapes: [[2, 2]], rest: { 1: whole(2, 3) } },
  { step: "Flatten", shapes: [[2, 3, 2]] },
  { step: "Reshape", shapes: [[2, 3, 2]], rest: { 1: whole(4, -1) } },
  { step: "Squeeze", shapes: [[2, 1, 3]] },
  { step: "Unsqueeze", shapes: [[2, 3]], rest: { 1: whole(1) } },
  { step: "Identity", shapes: [[3]] },
  { step: "Dropout", shapes: [[3]] },
  { step: "Cast", shapes: [[3]], attributes: { type: "float64" } },
  { step: "Transpose", shapes: [[2, 3, 2]], attributes: { perm: [2, 0, 1] } },
  { step: "Slice", shapes: [[4, 5]], rest: { 1: whole(1, 4), 2: whole(4, 0), 3: whole(0, 1), 4: whole(2, -2) } },
  { step: "Split", shapes: [[2, 5]], attributes: { axis: 1, split: [2, 3] }, outputs: [2, 1] },
  { step: "Pad", shapes: [[2, 3]], rest: { 1: whole(0, 1, 1, 2) } },
  { step: "Pad", shapes: [[2, 3]], rest: { 1: whole(0, 1, 1, 2) }, attributes: { mode: "edge" } },
  { step: "Pad", shapes: [[4, 3]], attributes: { mode: "reflect", pads: [1, 1, 2, 1] } },
  { step: "Pad", shapes: [[2, 3]], attributes: { value: 7, pads: [1, 0, 0, 1] } },
  { step: "CenterCropPad", shapes: [[3, 4]], rest: { 1: whole(5, 2) } },
  { step: "Gather", shapes: [[4, 2]], rest: { 1: whole(3, 0, 3) } },
  {
    step: "GatherElements",
    shapes: [[3, 2]],
    rest: { 1: { type: "int64", shape: [2, 2], values: Float64Array.of(2, 0, 2, 1) } },
  },
  { step: "GatherND", shapes: [[3, 2]], rest: { 1: { type: "int64", shape: [2, 1], values: Float64Array.of(2, 0) } } },
  { step: "Compress", shapes: [[4]], rest: { 1: { type: "bool", shape: [4], values: Int32Array.of(1, 0, 1, 1) } } },
  { step: "ReverseSequence", shapes: [[4, 2]], rest: { 1: whole(3, 2) } },
  { step: "Col2Im", shapes: [[1, 4, 4]], rest: { 1: whole(3, 3), 2: whole(2, 2) } },
  { step: "CastLike", shapes: [[3]], rest: { 1: float([1], [0]) } },
  { step: "Trilu", shapes: [[3, 4]], attributes: { upper: 0 } },
  { step: "CumSum", shapes: [[2, 4]], rest: { 1: whole(1) } },
  { step: "Resize", shapes: [[1, 2, 2, 3]], rest: { 1: float([0], []), 2: float([4], [1, 1, 2, 2]) } },
  {
    step: "Resize",
    shapes: [[1, 1, 3, 2]],
    rest: { 1: float([0], []), 2: float([4], [1, 1, 2, 2]) },
    attributes: { mode: "linear" },
  },
  {
    step: "MaxUnpool",
    shapes: [[1, 1, 2, 2]],
    rest: { 1: { type: "int64", shape: [1, 1, 2, 2], values: Float64Array.of(5, 7, 13, 15) } },
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  ...[
    "ReduceL1",
    "ReduceL2",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "ReduceSumSquare",
    "ReduceLogSumExp",
  ].map((step) => ({ step, shapes: [[2, 3, 2]], attributes: { axes: [0, 2], keepdims: 0 } })),
  { step: "ReduceLogSum", shapes: [[2, 3]], isPositive: true },
  { step: "ReduceSum", shapes: [[2, 3]], rest: { 1: whole(1) } },
  { step: "BatchNormalization", shapes: [[2, 3, 2], [3], [3], [3], [3]], isPositive: true },
  {
    step: "BatchNormalization",
    shapes: [[3, 2, 2], [2], [2]],
    rest: { 3: float([2], [0, 0]), 4: float([2], [1, 1]) },
    attributes: { training_mode: 1 },
  },
  { step: "InstanceNormalization", shapes: [[2, 2, 3], [2], [2]] },
  { step: "GroupNormalization", shapes: [[2, 4, 2], [4], [4]], attributes: { num_groups: 2 } },
  { step: "GroupNormalization", shapes: [[2, 4, 2], [2], [2]], attributes: { num_groups: 2 } },
  { step: "LayerNormalization", shapes: [[2, 3, 2], [2], [2]] },
  {
    step: "LayerNormalization",
    shapes: [
      [2, 3, 2],
      [3, 2],
    ],
    attributes: { axis: 1 },
  },
  { step: "RMSNormalization", shapes: [[2, 4], [4]] },
  { step: "MeanVarianceNormalization", shapes: [[2, 2, 2, 2]] },
  { step: "LRN", shapes: [[1, 5, 2, 1]], attributes: { size: 3, alpha: 0.5, bias: 2 } },
  { step: "LRN", shapes: [[1, 5, 1, 1]], attributes: { size: 4, alpha: 0.5, beta: 0.5 } },
  { step: "LpNormalization", shapes: [[2, 4]] },
  { step: "LpNormalization", shapes: [[2, 4]], attributes: { p: 1, axis: 0 } },
  { step: "Softmax", shapes: [[2, 3, 2]], attributes: { axis: 1 } },
  { step: "Softmax", shapes: [[2, 3, 2]], attributes: { axis: 1, flatten: 1 } },
  { step: "LogSoftmax", shapes: [[2, 4]] },
  { step: "NegativeLogLikelihoodLoss", shapes: [[3, 4]], rest: { 1: whole(2, 0, 3) } },
  {
    step: "NegativeLogLikelihoodLoss",
    shapes: [[3, 4]],
    rest: { 1: whole(2, 0, 3), 2: float([4], [1, 2, 3, 4]) },
    attributes: { reduction: "sum" },
  },
  { step: "SoftmaxCrossEntropyLoss", shapes: [[3, 4]], rest: { 1: whole(2, 0, 3) } },
  { step: "SoftmaxCrossEntropyLoss", shapes: [[3, 4]], rest: { 1: whole(2, 0, 3) }, attributes: { ignore_index: 0 } },
  {
    step: "SoftmaxCrossEntropyLoss",
    shapes: [[2, 3, 2]],
    rest: { 1: { type: "int64", shape: [2, 2], values: Float64Array.of(0, 2, 1, 1) } },
    attributes: { reduction: "none" },
  },
];

const doubles = (text: string): Layer => {
  const layer = layerFrom(text);
  return { ...layer, einsum: einsumWithTypes(layer.einsum, "float64") };
};

describe("gradients of a graph", () => {
  for (const one of CASES)
    it(`go back through ${one.step} ${JSON.stringify(one.shapes)} ${Object.keys(one.attributes ?? {}).join(" ")}`, () =>
      expectStep(one));

  it("go back through every step that says so", () => {
    const seen = new Set(CASES.map(({ step }) => step));
    const untested = [...steps.keys()].filter((step) => isDifferentiable(step) && !seen.has(step));
    expect(untested).to.deep.equal([]);
  });

  it("sum at forks, pass through residuals and concatenations, and are routed by maxima", () => {
    const builder = new GraphBuilder({ run: null });
    builder.input({ name: "x", type: "float64", shape: [1, 2, 4, 4] });
    for (const [name, shape] of [
      ["w1", [2, 2, 3, 3]],
      ["b1", [2, 1, 1]],
      ["w2", [3, 2, 1, 1]],
      ["w3", [4, 4]],
    ] as const)
      builder.input({ name, type: "float64", shape });
    builder.layer(doubles("conv:M=2,C=2,H=4,W=4,R=3,S=3,Z=1"), ["x", "w1"], "c1", "float64", [1, 2, 4, 4]);
    builder.step("Add", ["c1", "b1"], ["biased"]);
    builder.step("Relu", ["biased"], ["r1"]);
    builder.step("Add", ["r1", "x"], ["residual"]);
    builder.layer(doubles("conv:M=3,C=2,H=4,W=4,R=1,S=1"), ["residual", "w2"], "c2", "float64", [1, 3, 4, 4]);
    builder.step("Concat", ["c2", "residual"], ["both"], { axis: 1 });
    builder.layer(doubles("max-pool:C=5,H=4,W=4,R=2,S=2,U=2"), ["both"], "pooled", "float64", [1, 5, 2, 2]);
    builder.layer(
      doubles("average-pool:C=5,H=2,W=2,R=2,S=2,Z=1,divide=inside"),
      ["pooled"],
      "mean",
      "float64",
      [1, 5, 3, 3],
    );
    builder.step("Mul", ["mean", "mean"], ["squared"]);
    builder.step("ReduceSum", ["squared"], ["loss"]);
    const graph = builder.graph("block", ["loss"], "a test");
    const inputs = new Map(graph.inputs.map(({ name, shape }, i) => [name, float(shape, words(shape, i + 5, false))]));
    expectGradients(graph, "loss", inputs, ["x", "w1", "b1", "w2"]);
    const backward = unwrapped(gradientsOfGraph(graph, "loss", ["w1", "w2"]));
    const names = backward.nodes.map(({ name }) => name).slice(graph.nodes.length);
    expect(names).to.include.members([
      "conv.dWeights",
      "conv.2.dWeights",
      "conv.2.dInputs",
      "dresidual",
      "max-pool.slopes.0",
    ]);
    expect(names).to.not.include("conv.dInputs");
    expect(backward.outputs.map(({ name, shape }) => `${name} ${shape}`)).to.deep.equal([
      "loss 1,1,1,1",
      "dw1 2,2,3,3",
      "dw2 3,2,1,1",
    ]);
  });

  it("go through layers that start from a bias and end in an activation", () => {
    const einsum = einsumFrom(
      "O[n,j] += A[n,i] * W[j,i] * B[j]",
      { N: 2, I: 3, J: 2 },
      { operation: { start: { tensor: "B" }, after: { kind: "activation", name: "sigmoid" } } },
    );
    const layer: Layer = { name: "fc", kind: "einsum", repeat: 1, einsum: einsumWithTypes(einsum, "float64") };
    const builder = new GraphBuilder({ run: null });
    for (const [name, shape] of [
      ["a", [2, 3]],
      ["w", [2, 3]],
      ["b", [2]],
    ] as const)
      builder.input({ name, type: "float64", shape });
    builder.layer(layer, ["a", "w", "b"], "y", "float64", [2, 2]);
    const graph = builder.graph("neuron", ["y"], "a test");
    const inputs = new Map(graph.inputs.map(({ name, shape }, i) => [name, float(shape, words(shape, i, false))]));
    expectGradients(graph, "y", inputs, ["a", "w", "b"]);
  });

  it("tell which nodes have none, and what does not depend", () => {
    const builder = new GraphBuilder({ run: null });
    builder.input({ name: "x", type: "float32", shape: [3] });
    builder.input({ name: "z", type: "float32", shape: [3] });
    builder.step("Hardmax", ["x"], ["y"]);
    const result = gradientsOfGraph(builder.graph("hard", ["y"], "a test"), "y", ["x", "z", "nobody"]);
    expect(result.ok ? [] : result.errors.map(({ message }) => message)).to.deep.equal([
      'there is no tensor "nobody"',
      '"y" has no gradient: Hardmax is no differentiable step',
      '"y" does not depend on "z"',
    ]);
  });
});
