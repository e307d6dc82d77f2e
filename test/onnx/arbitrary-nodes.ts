import fc from "fast-check";
import type { Known } from "../../workloads/index.js";
import { type AttributeValue, int64s, type NodeCase, randomTensor } from "./models.js";

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const shapeOf = (rank: number, most = 5): fc.Arbitrary<number[]> =>
  fc.array(whole(1, most), { minLength: rank, maxLength: rank });
const seed = whole(1, 1 << 20);
const named = (tensors: Readonly<Record<string, Known>>): NodeCase["inputs"] => Object.entries(tensors);

/** The windows of a convolution or pooling: extents that its dilated filter fits into. */
interface Sliding {
  readonly filter: readonly number[];
  readonly extents: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const sliding: fc.Arbitrary<Sliding> = whole(1, 3).chain((rank) =>
  fc
    .record({
      filter: shapeOf(rank, 3),
      strides: shapeOf(rank, 3),
      dilations: shapeOf(rank, 2),
      beyond: fc.array(whole(0, 4), { minLength: rank, maxLength: rank }),
      pads: fc.array(whole(0, 1), { minLength: 2 * rank, maxLength: 2 * rank }),
      mode: fc.constantFrom("NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
    })
    // Where it pads by itself, onnxruntime does not dilate; and where strides are longer than filters its pooling (but not its
    // convolution) cuts words off in front.
    .map((one) =>
      one.mode.startsWith("SAME")
        ? {
            ...one,
            dilations: one.dilations.map(() => 1),
            strides: one.strides.map((stride, i) => Math.min(stride, one.filter[i] ?? 1)),
          }
        : one,
    )
    .map(({ filter, strides, dilations, beyond, pads, mode }) => ({
      filter,
      extents: filter.map((size, i) => (dilations[i] ?? 1) * (size - 1) + 1 + (beyond[i] ?? 0)),
      attributes: {
        ...{ kernel_shape: filter, strides, dilations },
        // A padding must stay below the filter, or onnxruntime refuses the pooling.
        ...(mode === "NOTSET"
          ? { pads: pads.map((pad, i) => Math.min(pad, (filter[i % rank] ?? 1) - 1)) }
          : { auto_pad: mode }),
      },
    })),
);

const convolution: fc.Arbitrary<NodeCase> = fc
  .record({
    window: sliding,
    batch: whole(1, 2),
    groups: whole(1, 3),
    channels: whole(1, 3),
    filters: whole(1, 3),
    bias: fc.boolean(),
    seed,
  })
  .map(({ window: { filter, extents, attributes }, batch, groups, channels, filters, bias, seed: s }) => ({
    operator: "Conv",
    inputs: named({
      x: randomTensor([batch, groups * channels, ...extents], s),
      w: randomTensor([groups * filters, channels, ...filter], s + 1),
      ...(bias ? { b: randomTensor([groups * filters], s + 2) } : {}),
    }),
    outputs: ["y"],
    attributes: { ...attributes, group: groups },
  }));

const transposed: fc.Arbitrary<NodeCase> = fc
  .record({
    window: sliding,
    groups: whole(1, 2),
    channels: whole(1, 3),
    filters: whole(1, 3),
    bias: fc.boolean(),
    extra: fc.boolean(),
    seed,
  })
  .map(({ window: { filter, extents, attributes }, groups, channels, filters, bias, extra, seed: s }) => ({
    operator: "ConvTranspose",
    inputs: named({
      x: randomTensor([1, groups * channels, ...extents], s),
      w: randomTensor([groups * channels, filters, ...filter], s + 1),
      ...(bias ? { b: randomTensor([groups * filters], s + 2) } : {}),
    }),
    outputs: ["y"],
    attributes: {
      ...{
        kernel_shape: filter,
        strides: attributes["strides"] ?? [],
        dilations: attributes["dilations"] ?? [],
        group: groups,
      },
      ...(extra ? { output_padding: (attributes["strides"] as number[]).map((stride) => stride - 1) } : {}),
    },
  }));

const pooling = (
  operator: string,
  more: fc.Arbitrary<Readonly<Record<string, AttributeValue>>>,
): fc.Arbitrary<NodeCase> =>
  fc.record({ window: sliding, batch: whole(1, 2), channels: whole(1, 3), more, seed }).map((one) => {
    const { dilations, ...attributes } = one.window.attributes;
    return {
      ...{ operator, outputs: ["y"] },
      inputs: named({ x: randomTensor([one.batch, one.channels, ...one.window.extents], one.seed) }),
      attributes: { ...attributes, ...(operator === "MaxPool" ? { dilations: dilations ?? [] } : {}), ...one.more },
    };
  });

const flag = (name: string): fc.Arbitrary<Record<string, AttributeValue>> =>
  whole(0, 1).map((value) => ({ [name]: value }));

const gemm: fc.Arbitrary<NodeCase> = fc
  .record({
    m: whole(1, 6),
    n: whole(1, 6),
    k: whole(1, 6),
    a: whole(0, 1),
    b: whole(0, 1),
    bias: fc.constantFrom("none", "row", "whole", "one"),
    alpha: whole(1, 3),
    seed,
  })
  .map(({ m, n, k, a, b, bias, alpha, seed: s }) => ({
    operator: "Gemm",
    inputs: named({
      a: randomTensor(a === 1 ? [k, m] : [m, k], s),
      b: randomTensor(b === 1 ? [n, k] : [k, n], s + 1),
      ...(bias === "none" ? {} : { c: randomTensor(bias === "row" ? [n] : bias === "one" ? [1] : [m, n], s + 2) }),
    }),
    outputs: ["y"],
    attributes: { transA: a, transB: b, alpha: { f: alpha / 2 }, beta: { f: 0.75 } },
  }));

const matMul: fc.Arbitrary<NodeCase> = fc
  .record({
    batch: fc.array(whole(1, 3), { maxLength: 2 }),
    left: fc.boolean(),
    right: fc.boolean(),
    m: whole(1, 5),
    n: whole(1, 5),
    k: whole(1, 5),
    seed,
  })
  .map(({ batch, left, right, m, n, k, seed: s }) => ({
    operator: "MatMul",
    inputs: named({
      a: randomTensor([...(left ? batch : batch.map(() => 1)), m, k], s),
      b: randomTensor([...(right ? batch : batch.slice(1)), k, n], s + 1),
    }),
    outputs: ["y"],
    attributes: {},
  }));

const einsum: fc.Arbitrary<NodeCase> = fc
  .record({
    equation: fc.constantFrom(
      "ij,jk->ik",
      "bij,bjk->bik",
      "ij->ji",
      "ij->i",
      "ij->",
      "bhid,bhjd->bhij",
      "i,j->ij",
      "ijk,k",
      "i,i->",
      "...ij,...jk->...ik",
      "ij,jk,kl->il",
    ),
    sizes: shapeOf(8, 4),
    seed,
  })
  .map(({ equation, sizes, seed: s }) => ({
    operator: "Einsum",
    inputs: (equation.split("->")[0] ?? "").split(",").map((term, i) => {
      const labels = [...term.replace("...", "n")];
      return [
        `x${i}`,
        randomTensor(
          labels.map((label) => sizes["nbhijkld".indexOf(label)] ?? 1),
          s + i,
        ),
      ] as const;
    }),
    outputs: ["y"],
    attributes: { equation },
  }));

const recurrent = (operator: "RNN" | "GRU" | "LSTM", gates: number): fc.Arbitrary<NodeCase> =>
  fc
    .record({
      steps: whole(1, 4),
      batch: whole(1, 3),
      width: whole(1, 4),
      hidden: whole(1, 4),
      direction: fc.constantFrom("forward", "reverse", "bidirectional"),
      bias: fc.boolean(),
      start: fc.boolean(),
      lengths: fc.boolean(),
      linear: whole(0, 1),
      clip: fc.boolean(),
      seed,
    })
    .map(({ steps, batch, width, hidden, direction, bias, start, lengths, linear, clip, seed: s }) => {
      const d = direction === "bidirectional" ? 2 : 1;
      const none: readonly [string, Known] = ["", randomTensor([1], 1)];
      const state = (name: string, more: number): readonly [string, Known] => [
        name,
        randomTensor([d, batch, hidden], s + more),
      ];
      return {
        ...{ operator, outputs: operator === "LSTM" ? ["y", "h", "c"] : ["y", "h"] },
        inputs: [
          ["x", randomTensor([steps, batch, width], s)],
          ["w", randomTensor([d, gates * hidden, width], s + 1)],
          ["r", randomTensor([d, gates * hidden, hidden], s + 2)],
          bias ? ["b", randomTensor([d, 2 * gates * hidden], s + 3)] : none,
          lengths ? ["lengths", lengthsOf(batch, steps, s)] : none,
          ...(start ? [state("h0", 4), ...(operator === "LSTM" ? [state("c0", 5)] : [])] : []),
        ],
        attributes: {
          ...{ hidden_size: hidden, direction },
          ...(clip ? { clip: { f: 0.5 } } : {}),
          ...(operator === "GRU" ? { linear_before_reset: linear } : {}),
        },
      };
    });

const lengthsOf = (batch: number, steps: number, s: number): Known => ({
  ...{ type: "int32", shape: [batch] },
  values: Int32Array.from({ length: batch }, (_, i) => 1 + ((s + i) % steps)),
});

const alongAxis = (operator: string, more: Readonly<Record<string, AttributeValue>> = {}): fc.Arbitrary<NodeCase> =>
  whole(1, 4).chain((rank) =>
    fc.record({ shape: shapeOf(rank), axis: whole(-rank, rank - 1), seed }).map(({ shape, axis, seed: s }) => ({
      ...{ operator, inputs: named({ x: randomTensor(shape, s) }), outputs: ["y"] },
      attributes: { axis, ...more },
    })),
  );

const reduction = (operator: string): fc.Arbitrary<NodeCase> =>
  whole(1, 4).chain((rank) =>
    fc
      .record({
        shape: shapeOf(rank),
        axes: fc.subarray([...Array(rank).keys()], { minLength: 1 }),
        keepdims: whole(0, 1),
        seed,
      })
      .map(({ shape, axes, keepdims, seed: s }) => ({
        ...{ operator, outputs: ["y"] },
        inputs: named({ x: randomTensor(shape, s), ...(operator === "ReduceSum" ? { axes: int64s(axes) } : {}) }),
        attributes: { keepdims, ...(operator === "ReduceSum" ? {} : { axes }) },
      })),
  );

const perChannel = (operator: string, parameters: number): fc.Arbitrary<NodeCase> =>
  fc.record({ shape: shapeOf(4), seed }).map(({ shape, seed: s }) => {
    const positive = (value: Known): Known => ({ ...value, values: value.values.map((x) => Math.abs(x) + 0.25) });
    const one = Array.from({ length: parameters }, (_, i) => randomTensor([shape[1] ?? 1], s + 1 + i));
    const inputs = one.map((value, i) => [`p${i}`, i === 3 ? positive(value) : value] as const);
    return {
      operator,
      inputs: [["x", randomTensor(shape, s)], ...inputs],
      outputs: ["y"],
      attributes: { epsilon: { f: 1e-3 } },
    };
  });

const layerNormalization: fc.Arbitrary<NodeCase> = fc
  .record({ shape: shapeOf(3), axis: whole(-3, 2), seed })
  .map(({ shape, axis, seed: s }) => {
    const last = shape.slice(axis < 0 ? axis + 3 : axis);
    const inputs = { x: randomTensor(shape, s), g: randomTensor(last, s + 1), b: randomTensor(last, s + 2) };
    return {
      operator: "LayerNormalization",
      inputs: named(inputs),
      outputs: ["y"],
      attributes: { axis, epsilon: { f: 1e-3 } },
    };
  });

const pair = (operator: string): fc.Arbitrary<NodeCase> =>
  fc
    .record({
      shape: shapeOf(4),
      flat: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      drop: whole(0, 3),
      seed,
    })
    .map(({ shape, flat, drop, seed: s }) => ({
      ...{ operator, outputs: ["y"], attributes: {} },
      inputs: named({
        a: randomTensor(shape, s),
        b: randomTensor(shape.map((extent, i) => (flat[i] === true ? 1 : extent)).slice(drop), s + 1),
      }),
    }));

const each = (
  operator: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  opset = 17,
): fc.Arbitrary<NodeCase> =>
  fc.record({ shape: shapeOf(3), seed }).map(({ shape, seed: s }) => ({
    ...{ operator, outputs: ["y"], attributes, opset },
    inputs: named({ x: randomTensor(shape, s) }),
  }));

/** Kinds of nodes, heavy and cheap, of every shape; each is compared with onnxruntime. */
export const nodeKinds: Readonly<Record<string, fc.Arbitrary<NodeCase>>> = {
  Conv: convolution,
  ConvTranspose: transposed,
  MaxPool: pooling("MaxPool", flag("ceil_mode")),
  AveragePool: pooling("AveragePool", flag("count_include_pad")),
  LpPool: pooling("LpPool", fc.constant({ p: 2 })),
  Gemm: gemm,
  MatMul: matMul,
  Einsum: einsum,
  RNN: recurrent("RNN", 1),
  GRU: recurrent("GRU", 3),
  LSTM: recurrent("LSTM", 4),
  BatchNormalization: perChannel("BatchNormalization", 4),
  InstanceNormalization: perChannel("InstanceNormalization", 2),
  LayerNormalization: layerNormalization,
  LRN: fc.record({ shape: shapeOf(4), size: fc.constantFrom(1, 3, 5), seed }).map(({ shape, size, seed: s }) => ({
    ...{ operator: "LRN", inputs: named({ x: randomTensor(shape, s) }), outputs: ["y"] },
    attributes: { size, alpha: { f: 0.01 }, beta: { f: 0.6 }, bias: { f: 1.5 } },
  })),
  Softmax: fc.oneof(alongAxis("Softmax"), alongAxis("LogSoftmax"), alongAxis("Hardmax")),
  Arguments: fc.oneof(alongAxis("ArgMax", { keepdims: 0 }), alongAxis("ArgMin", { select_last_index: 1 })),
  Reductions: fc.oneof(
    ...[
      "ReduceSum",
      "ReduceMean",
      "ReduceMax",
      "ReduceMin",
      "ReduceProd",
      "ReduceL1",
      "ReduceL2",
      "ReduceLogSumExp",
      "ReduceSumSquare",
    ].map(reduction),
  ),
  Pairs: fc.oneof(...["Add", "Sub", "Mul", "Div", "Max", "Min", "Less", "GreaterOrEqual"].map(pair)),
  Activations: fc.oneof(
    ...[
      "Relu",
      "Sigmoid",
      "Tanh",
      "LeakyRelu",
      "Elu",
      "Selu",
      "HardSigmoid",
      "HardSwish",
      "Softplus",
      "Softsign",
      "Erf",
      "Exp",
      "Abs",
      "Neg",
      "Floor",
      "Round",
      "Sign",
      "ThresholdedRelu",
      "Celu",
    ].map((name) => each(name)),
  ),
};
