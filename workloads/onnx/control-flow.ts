import { product } from "../../base/index.js";
import type { Operand } from "../graph/types.js";
import { zerosOf } from "../graph/value-types.js";
import { StepError, UnknownValues } from "../steps/index.js";
import type { Build } from "./build.js";
import type { AttributeProto, GraphProto, NodeProto } from "./proto.js";

/** `If` takes one branch, `Loop` and `Scan` are written out: what they depend on must be known while the graph is built. */
export function runControlFlow(
  build: Build,
  node: NodeProto,
  inputs: readonly string[],
  attributes: readonly AttributeProto[],
  path: string,
): void {
  const run = node.opType === "If" ? branch : node.opType === "Loop" ? loop : scan;
  build.alias(node.output, run(build, inputs, attributes, path));
}

function graphOf(attributes: readonly AttributeProto[], name: string): GraphProto {
  const graph = attributes.find((one) => one.name === name)?.g;
  if (graph === undefined) throw new StepError(`the attribute ${name} is missing`);
  return graph;
}

/** The first value of a tensor that must be known. */
function knownValue(build: Build, name: string, what: string): number {
  const { values } = build.builder.operand(name);
  if (values === null) throw new UnknownValues(`${what} is known only when the network runs`);
  return values[0] ?? 0;
}

function branch(
  build: Build,
  inputs: readonly string[],
  attributes: readonly AttributeProto[],
  path: string,
): readonly string[] {
  const holds = knownValue(build, inputs[0] ?? "", "the condition") !== 0;
  const name = holds ? "then_branch" : "else_branch";
  return build.inline(graphOf(attributes, name), [], `${path}.${name}`, new Map());
}

/** Inputs: the most iterations, the condition, what is carried on. Outputs: what was carried, then every iteration's other results. */
function loop(
  build: Build,
  inputs: readonly string[],
  attributes: readonly AttributeProto[],
  path: string,
): readonly string[] {
  const body = graphOf(attributes, "body");
  const [most = "", start = "", ...initial] = inputs;
  const limit = most === "" ? Number.POSITIVE_INFINITY : knownValue(build, most, "the number of iterations");
  let [condition, carried]: [string, readonly string[]] = [start, initial];
  const scanned: (readonly string[])[] = [];
  for (let i = 0; i < limit; i++) {
    if (condition !== "" && knownValue(build, condition, "the condition") === 0) break;
    const [next = "", ...results] = build.inline(
      body,
      [scalar(build, "int64", i), condition === "" ? scalar(build, "bool", 1) : condition, ...carried],
      path,
      new Map(),
    );
    [condition, carried] = [next, results.slice(0, initial.length)];
    scanned.push(results.slice(initial.length));
  }
  const extra = body.output.length - 1 - initial.length;
  return [
    ...carried,
    ...Array.from({ length: extra }, (_, k) =>
      stacked(
        build,
        scanned.map((one) => one[k] ?? ""),
        0,
      ),
    ),
  ];
}

function scalar(build: Build, type: Operand["type"], value: number): string {
  const values = zerosOf(type, 1);
  values[0] = value;
  return build.builder.constant(build.builder.fresh("iteration"), { type, shape: [], values });
}

/** Tensors of equal shape side by side along a new axis. */
function stacked(build: Build, names: readonly string[], axis: number): string {
  const { builder } = build;
  const output = builder.fresh("scanned");
  if (names.length === 0) return builder.constant(output, { type: "float32", shape: [0], values: new Float32Array(0) });
  const parts = names.map((name) => {
    const part = builder.fresh("scanned.part");
    builder.step("Unsqueeze", [name], [part], { axes: [axis] });
    return part;
  });
  builder.step("Concat", parts, [output], { axis });
  return output;
}

/** Inputs: states, then tensors that are walked along an axis. Outputs: states, then every iteration's results side by side. */
function scan(
  build: Build,
  inputs: readonly string[],
  attributes: readonly AttributeProto[],
  path: string,
): readonly string[] {
  const { builder } = build;
  const list = (name: string): readonly number[] => attributes.find((one) => one.name === name)?.ints ?? [];
  const count = attributes.find((one) => one.name === "num_scan_inputs")?.i ?? 1;
  const body = graphOf(attributes, "body");
  const states = inputs.length - count;
  if (body.input.length !== inputs.length) throw new StepError("a Scan of operator set 8, with a batch, is not run");
  const walked = inputs.slice(states);
  const axes = walked.map((_, k) => list("scan_input_axes")[k] ?? 0);
  const steps = builder.operand(walked[0] ?? "").shape[axes[0] ?? 0] ?? 0;
  let carried = inputs.slice(0, states);
  const results: (readonly string[])[] = [];
  for (let i = 0; i < steps; i++) {
    const slices = walked.map((name, k) =>
      sliced(build, name, axes[k] ?? 0, list("scan_input_directions")[k] === 1 ? steps - 1 - i : i),
    );
    const outputs = build.inline(body, [...carried, ...slices], path, new Map());
    carried = [...outputs.slice(0, states)];
    results.push(outputs.slice(states));
  }
  const scans = Array.from({ length: body.output.length - states }, (_, k) => {
    const parts = results.map((one) => one[k] ?? "");
    const backwards = list("scan_output_directions")[k] === 1;
    return stacked(build, backwards ? parts.toReversed() : parts, list("scan_output_axes")[k] ?? 0);
  });
  return [...carried, ...scans];
}

function sliced(build: Build, name: string, axis: number, i: number): string {
  const { builder } = build;
  const { shape } = builder.operand(name);
  const [part, output] = [builder.fresh("slice"), builder.fresh("slice.view")];
  builder.step("Slice", [name], [part], { starts: [i], ends: [i + 1], axes: [axis] });
  builder.step("Reshape", [part], [output], { shape: shape.filter((_, a) => a !== axis) });
  if (product(shape) === 0) throw new StepError("nothing to walk along");
  return output;
}
