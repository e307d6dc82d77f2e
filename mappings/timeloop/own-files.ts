import { printArchitecture } from "../../arch-specs/index.js";
import { type Layer, printEinsum } from "../../workloads/index.js";
import { printDataflow } from "../dataflow-text.js";
import { printMapping } from "../print.js";
import type { TimeloopFile } from "./documents.js";
import type { TimeloopDesign } from "./import.js";

/** The design in our own YAML: `architecture.yaml`, `workload.yaml`, `mapping.yaml`, `dataflow.yaml`, as far as it has them. */
export function asOwnFiles({ architecture, layer, mapping, dataflow }: TimeloopDesign): readonly TimeloopFile[] {
  const files: TimeloopFile[] = [];
  if (architecture !== null) files.push({ name: "architecture.yaml", text: printArchitecture(architecture) });
  if (layer !== null) files.push({ name: "workload.yaml", text: workloadText(layer) });
  if (mapping !== null) files.push({ name: "mapping.yaml", text: printMapping(mapping) });
  if (dataflow !== null) files.push({ name: "dataflow.yaml", text: printDataflow(dataflow) });
  return files;
}

function workloadText({ name, einsum }: Layer): string {
  const bounds = einsum.variables.map((variable, v) => `${variable.toUpperCase()}: ${einsum.bounds[v]}`);
  const shapes = einsum.tensors.map((tensor) => `${tensor.name}: [${tensor.shape.join(", ")}]`);
  return [
    `name: ${JSON.stringify(name)}`,
    "source: imported from Timeloop",
    "layers:",
    `  - name: ${JSON.stringify(name)}`,
    `    einsum: ${JSON.stringify(printEinsum(einsum))}`,
    `    bounds: {${bounds.join(", ")}}`,
    `    shapes: {${shapes.join(", ")}}`,
    "",
  ].join("\n");
}
