import { type Diagnostic, failed, type Location, ok, type Result } from "../../base/index.js";
import { GraphBuilder, type LayerRunner } from "../graph/builder.js";
import type { Attribute, Attributes, Graph, Known } from "../graph/types.js";
import { OutsideTheProduct, StepError } from "../steps/index.js";
import { attributeOf } from "./attributes.js";
import { runControlFlow } from "./control-flow.js";
import * as messages from "./messages.js";
import { CONTROL_FLOW, loweringOf, reasonFor } from "./operators/index.js";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, ValueInfoProto } from "./proto.js";
import { foreignTypeName, knownOf, valueTypeOf } from "./tensors.js";

export interface BuildOptions {
  /** The file's name, for diagnostics. */
  readonly file: string;
  /** Shapes of the model's inputs, by name, where they are to be others than the model says, or open there. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  /** Values of the model's inputs, by name, where they are known. */
  readonly inputs?: ReadonlyMap<string, Known>;
  /** Runs each layer as soon as it is met: every value is then known, so that shapes may depend on them. */
  readonly run?: LayerRunner;
}

/**
 * A model as a graph of layers and steps. Shapes are inferred on the way; functions of the model's own, `If`, `Loop` and `Scan` are written out.
 * All nodes that cannot be run are told at once.
 */
export function buildGraph(model: ModelProto, options: BuildOptions): Result<Graph> {
  const { graph } = model;
  if (graph === undefined) return failed([messages.notAModel(options.file)]);
  const refusals = refusedNodes(model, options.file);
  if (refusals.length > 0) return failed(refusals);
  const build = new Build(model, options);
  build.enter(graph, options.inputs ?? new Map());
  if (build.problems.length > 0) return failed(build.problems);
  const outputs = graph.output.map((output) => build.resolve(output.name ?? ""));
  const producer = [model.producerName, graph.name].filter((word) => word !== undefined && word !== "").join(", ");
  return ok(build.builder.graph(options.file, outputs, `ONNX${producer === "" ? "" : `: ${producer}`}`, build.notes));
}

/** Every node (of graphs inside of nodes, too) whose operator cannot be run, as a diagnostic. */
export function refusedNodes(model: ModelProto, file: string): readonly Diagnostic[] {
  const own = new Set(model.functions.map((one) => `${one.domain ?? ""}:${one.name ?? ""}`));
  const walk = (nodes: readonly NodeProto[], path: string): readonly Diagnostic[] =>
    nodes.flatMap((node, i) => {
      const [operator, domain] = [node.opType ?? "", domainOf(node.domain)];
      const at = locationOf(file, path, i, node);
      const nested = node.attribute.flatMap(({ name, g }) =>
        g === undefined ? [] : walk(g.node, `${path}.node[${i}].${name ?? ""}`),
      );
      const isKnown =
        own.has(`${node.domain ?? ""}:${operator}`) ||
        (isStandard(domain) && (loweringOf(operator) !== null || CONTROL_FLOW.includes(operator)));
      return isKnown ? nested : [messages.notRun(at, operator, reasonFor(operator, domain)), ...nested];
    });
  const { graph } = model;
  return [
    ...(graph === undefined ? [] : [...foreignTensors(graph, file), ...walk(graph.node, "graph")]),
    ...model.functions.flatMap((one) => walk(one.node, `function ${one.name ?? ""}`)),
  ];
}

const domainOf = (domain: string | undefined): string => (domain === "ai.onnx" ? "" : (domain ?? ""));
const isStandard = (domain: string): boolean => domain === "" || domain === "ai.onnx.preview.training";

/** Inputs and outputs that are no tensors of numbers. */
function foreignTensors(graph: GraphProto, file: string): readonly Diagnostic[] {
  return [...graph.input, ...graph.output].flatMap(({ name = "", type }) => {
    const kind = foreignKind(type);
    return kind === null ? [] : [messages.notATensorType({ file, path: `graph, ${name}` }, name, kind)];
  });
}

function foreignKind(type: ValueInfoProto["type"]): string | null {
  if (type === undefined) return null;
  if (type.sequenceType !== undefined) return "sequence";
  if (type.optionalType !== undefined) return "optional value";
  if (type.mapType !== undefined) return "map";
  if (type.sparseTensorType !== undefined) return "sparse tensor";
  const number = type.tensorType?.elemType ?? 1;
  return valueTypeOf(number) === undefined ? `tensor of ${foreignTypeName(number)}` : null;
}

function locationOf(file: string, path: string, i: number, { opType = "", name = "" }: NodeProto): Location {
  return { file, path: `${path}.node[${i}] (${name === "" ? opType : `${opType} ${name}`})` };
}

/** Names as a graph knows them, with those of the graphs around it. */
export interface Scope {
  readonly names: Map<string, string>;
  readonly outer: Scope | null;
}

/** The walk over a model's nodes. */
export class Build {
  readonly builder: GraphBuilder;
  readonly problems: Diagnostic[] = [];
  readonly notes: string[] = [];
  private readonly file: string;
  /** Whether layers run as they are met, which needs all values. */
  private readonly isRun: boolean;
  private readonly shapes: ReadonlyMap<string, readonly number[]>;
  private readonly functions: ReadonlyMap<string, FunctionProto>;
  private readonly opsets: ReadonlyMap<string, number>;
  private scope: Scope = { names: new Map(), outer: null };

  constructor({ functions, opsetImport }: ModelProto, { file, run, shapes }: BuildOptions) {
    this.file = file;
    this.shapes = shapes ?? new Map();
    this.builder = new GraphBuilder({ run: run ?? null });
    this.isRun = run !== undefined;
    this.functions = new Map(functions.map((one) => [`${one.domain ?? ""}:${one.name ?? ""}`, one]));
    this.opsets = new Map(opsetImport.map(({ domain, version }) => [domainOf(domain), version ?? 1]));
  }

  /** The model's own graph: its inputs, initializers and nodes. */
  enter(graph: GraphProto, inputs: ReadonlyMap<string, Known>): void {
    this.initialize(graph, "graph");
    for (const port of graph.input) this.input(port, inputs.get(port.name ?? ""));
    if (this.problems.length === 0) this.nodes(graph.node, "graph", new Map());
  }

  /** A tensor of the graph, by the name that the model's text has for it here; the empty name stays empty. */
  resolve(name: string): string {
    for (let scope: Scope | null = this.scope; scope !== null; scope = scope.outer) {
      const found = scope.names.get(name);
      if (found !== undefined) return found;
    }
    return name;
  }

  /** A name that this graph gives a tensor; inside of other graphs it is made unlike theirs. */
  define(name: string): string {
    if (name === "") return "";
    const own = this.builder.has(name) ? this.builder.fresh(name) : name;
    this.scope.names.set(name, own);
    return own;
  }

  /** Walks nodes in a scope of their own, where `names` stand for tensors of the graph; returns the tensors of these names at the end. */
  within(
    names: ReadonlyMap<string, string>,
    outputs: readonly string[],
    walk: () => void,
    sees = true,
  ): readonly string[] {
    const outer = this.scope;
    this.scope = { names: new Map(names), outer: sees ? outer : null };
    walk();
    const results = outputs.map((name) => this.resolve(name));
    this.scope = outer;
    return results;
  }

  /** Walks the graph of an attribute, its inputs standing for these tensors; returns its outputs. */
  inline(
    graph: GraphProto,
    inputs: readonly string[],
    path: string,
    given: ReadonlyMap<string, AttributeProto>,
  ): readonly string[] {
    const names = new Map(graph.input.map(({ name = "" }, i) => [name, inputs[i] ?? ""]));
    const outputs = graph.output.map((output) => output.name ?? "");
    return this.within(names, outputs, () => {
      this.initialize(graph, path);
      this.nodes(graph.node, path, given);
    });
  }

  private initialize(graph: GraphProto, path: string): void {
    for (const proto of graph.initializer) {
      const name = proto.name ?? "";
      const value = knownOf(proto);
      if (typeof value === "string") this.problems.push(messages.badConstant({ file: this.file, path }, name, value));
      else this.builder.constant(this.define(name), value);
    }
  }

  private input({ name = "", type }: ValueInfoProto, value: Known | undefined): void {
    if (value !== undefined) {
      this.builder.constant(this.define(name), value);
      return;
    }
    if (this.builder.has(name)) return;
    if (this.isRun) {
      this.problems.push(messages.noValue({ file: this.file, path: `graph, ${name}` }, name));
      return;
    }
    const shape = this.shapes.get(name) ?? this.shapeOf(name, type);
    if (shape === null) return;
    const elements = valueTypeOf(type?.tensorType?.elemType ?? 1) ?? "float32";
    this.builder.input({ name: this.define(name), type: elements, shape });
  }

  /** The shape that the model gives an input, an open batch taken as 1; null where more is open, which is told. */
  private shapeOf(name: string, type: ValueInfoProto["type"]): readonly number[] | null {
    const dims = type?.tensorType?.shape?.dim;
    const shape = dims?.map(({ dimValue }, axis) => dimValue ?? (axis === 0 ? 1 : -1));
    if (dims === undefined || shape === undefined || shape.includes(-1)) {
      const printed = (dims ?? []).map(({ dimValue, dimParam = "" }) => dimValue ?? (dimParam === "" ? "?" : dimParam));
      const at = { file: this.file, path: `graph, ${name}` };
      this.problems.push(
        messages.openShape(at, name, dims === undefined ? "it is not given" : `[${printed.join(", ")}]`),
      );
      return null;
    }
    if (dims[0]?.dimValue === undefined && dims.length > 0)
      this.notes.push(`the first extent of the input ${name} is open and taken as 1`);
    return shape;
  }

  private nodes(nodes: readonly NodeProto[], path: string, given: ReadonlyMap<string, AttributeProto>): void {
    for (const [i, node] of nodes.entries()) {
      const before = this.problems.length;
      this.node(node, locationOf(this.file, path, i, node), given);
      if (this.problems.length > before) return;
    }
  }

  private node(node: NodeProto, at: Location, given: ReadonlyMap<string, AttributeProto>): void {
    const operator = node.opType ?? "";
    const inputs = node.input.map((name) => this.resolve(name));
    const missing = inputs.filter((name) => name !== "" && !this.builder.has(name));
    if (missing.length > 0) {
      this.problems.push(...missing.map((name) => messages.missingTensor(at, name)));
      return;
    }
    const attributes = node.attribute.flatMap((one) => this.referred(one, given));
    const own = this.functions.get(`${node.domain ?? ""}:${operator}`);
    try {
      if (own !== undefined) this.call(own, inputs, node.output, attributes, at);
      else if (CONTROL_FLOW.includes(operator)) runControlFlow(this, node, inputs, attributes, at.path);
      else this.lower(node, inputs, attributes, at);
    } catch (problem) {
      if (!(problem instanceof StepError)) throw problem;
      const tell = problem instanceof OutsideTheProduct ? messages.notRun : messages.badNode;
      this.problems.push(tell(at, operator, problem.message));
    }
  }

  /** An attribute of a function's node may stand for the function's own. */
  private referred(attribute: AttributeProto, given: ReadonlyMap<string, AttributeProto>): readonly AttributeProto[] {
    const name = attribute.refAttrName ?? "";
    if (name === "") return [attribute];
    const found = given.get(name);
    return found === undefined ? [] : [{ ...found, name: attribute.name ?? "" }];
  }

  private lower(node: NodeProto, inputs: readonly string[], protos: readonly AttributeProto[], at: Location): void {
    const operator = node.opType ?? "";
    const lowering = loweringOf(operator);
    if (lowering === null) throw new StepError(reasonFor(operator, domainOf(node.domain)));
    const attributes = this.attributes(protos, at);
    const outputs = node.output.map((name) => this.define(name));
    const name = layerName(node);
    const opset = this.opsets.get(domainOf(node.domain)) ?? 1;
    lowering({ builder: this.builder, name, opset, inputs, outputs, attributes });
  }

  private call(
    own: FunctionProto,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: readonly AttributeProto[],
    at: Location,
  ): void {
    const given = new Map([...own.attributeProto, ...attributes].map((one) => [one.name ?? "", one]));
    const names = new Map(own.input.map((name, i) => [name, inputs[i] ?? ""]));
    const results = this.within(names, own.output, () => this.nodes(own.node, at.path, given), false);
    this.alias(outputs, results);
  }

  /** Gives tensors of the graph the names that a node has for its outputs. */
  alias(outputs: readonly string[], results: readonly string[]): void {
    outputs.forEach((name, i) => {
      if (name !== "") this.scope.names.set(name, results[i] ?? "");
    });
  }

  private attributes(protos: readonly AttributeProto[], at: Location): Attributes {
    const attributes: Record<string, Attribute> = {};
    for (const proto of protos) {
      const value = attributeOf(proto);
      if (typeof value === "object" && "problem" in value)
        throw new StepError(`the attribute ${proto.name ?? ""}: ${value.problem} (${at.path})`);
      if (value !== undefined) attributes[proto.name ?? ""] = value;
    }
    return attributes;
  }
}

/** What tables of layers call the layers of a node: its name, else that of its first output, without what file names dislike. */
function layerName({ name = "", output, opType = "" }: NodeProto): string {
  const word = name !== "" ? name : (output.find((one) => one !== "") ?? opType);
  return word.replaceAll(/^\/+/g, "").replaceAll(/[^\w.+-]+/g, "_");
}
