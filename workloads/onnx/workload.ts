import { failed, ok, type Result } from "../../base/index.js";
import type { Workload } from "../einsum.js";
import { buildGraph } from "./build.js";
import { networkOf } from "./entries.js";
import * as messages from "./messages.js";
import { readModel } from "./read.js";

/**
 * A model as a workload: its layers in execution order, and the graph that they are part of. `file` names it in diagnostics; `shapes` are
 * those of inputs that are to have others than the model says.
 */
export function parseOnnx(
  bytes: Uint8Array,
  file: string,
  shapes: ReadonlyMap<string, readonly number[]> = new Map(),
): Result<Workload> {
  const model = readModel(bytes, file);
  const graph = model.ok ? buildGraph(model.value, { file, shapes }) : model;
  if (!graph.ok) return graph;
  const layers = graph.value.nodes.flatMap((node) => (node.kind === "layer" ? [node.layer] : []));
  if (layers.length === 0) return failed([messages.noLayers(file)]);
  const { source, notes } = graph.value;
  const network = networkOf(graph.value);
  const workload = { name: baseName(file), layers, source, notes, graph: graph.value };
  return ok(network === undefined ? workload : { ...workload, network });
}

/** `light_vgg19` for `models/light_vgg19.onnx`. */
const baseName = (file: string): string => (file.split(/[/\\]/).at(-1) ?? file).replace(/\.onnx$/i, "");
