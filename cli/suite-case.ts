import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../arch-specs/index.js";
import type { Diagnostic } from "../base/index.js";
import {
  buildGraph,
  compareTensors,
  declaredTypes,
  erratumOf,
  inputNames,
  type Known,
  type ModelProto,
  outputNames,
  readModel,
  refusedNodes,
  runGraph,
} from "../workloads/index.js";
import { type Accelerator, acceleratorOn, LayerFailure } from "./accelerator.js";
import { isFolder, readBytes } from "./files.js";
import { readTensors } from "./tensors.js";

/** A case of a suite: a folder with a model and data. */
export interface SuiteCase {
  readonly folder: string;
  readonly architecture: Architecture;
}
/** What became of a case. */
export interface CaseOutcome {
  readonly status: "passed" | "failed" | "refused";
  /** Why it did not pass. */
  readonly reason: string;
  /** Layers that the machine ran, and their operations. */
  readonly layers: number;
  readonly macs: number;
  /** Words compared with the expected outputs, and the largest difference. */
  readonly compared: number;
  readonly maxAbsError: number;
}

/** Runs a case: every data set's inputs through the model, heavy layers on the machine, the outputs compared. */
export function runCase({ folder, architecture }: SuiteCase): CaseOutcome {
  const machine = acceleratorOn(architecture);
  const run = new CaseRun(machine);
  const bytes = readBytes(join(folder, "model.onnx"));
  const read = bytes.ok ? readModel(bytes.value, join(folder, "model.onnx")) : bytes;
  if (!read.ok) return run.ended("failed", reasonOf(read.errors));
  const refused = refusedNodes(read.value, "model.onnx");
  if (refused.length > 0) return run.ended("refused", reasonOf(refused));
  const erratum = erratumOf(read.value.graph?.name);
  if (erratum !== null) return run.ended("refused", `its data contradicts ONNX: ${erratum.reason}`);
  const sets = readdirSync(folder).filter((name) => /^test_data_set_\d+$/.test(name) && isFolder(join(folder, name)));
  if (sets.length === 0) return run.ended("failed", "it has no test_data_set_0");
  for (const set of sets.sort()) {
    const problem = run.dataSet(read.value, join(folder, set));
    if (problem !== null) return problem;
  }
  return run.ended("passed", "");
}

const reasonOf = (errors: readonly Diagnostic[]): string =>
  [...new Set(errors.map((error) => error.message))].join("; ");

class CaseRun {
  private readonly machine: Accelerator;
  private compared = 0;
  private maxAbsError = 0;

  constructor(machine: Accelerator) {
    this.machine = machine;
  }

  ended(status: CaseOutcome["status"], reason: string): CaseOutcome {
    const { compared, maxAbsError, machine } = this;
    return { status, reason, layers: machine.layers, macs: machine.macs, compared, maxAbsError };
  }

  /** Runs one data set; null where its outputs are as expected. */
  dataSet(model: ModelProto, folder: string): CaseOutcome | null {
    const types = declaredTypes(model);
    const inputs = readTensors(folder, "input", inputNames(model), types);
    const expected = readTensors(folder, "output", outputNames(model), types);
    if (!inputs.ok) return this.ended("failed", reasonOf(inputs.errors));
    if (!expected.ok) return this.ended("failed", reasonOf(expected.errors));
    if (expected.value.size === 0) return this.ended("failed", `${folder} has no output_0.pb`);
    try {
      return this.compare(model, inputs.value, expected.value);
    } catch (problem) {
      if (problem instanceof LayerFailure) return this.ended("failed", problem.message);
      throw problem;
    }
  }

  private compare(
    model: ModelProto,
    inputs: ReadonlyMap<string, Known>,
    expected: ReadonlyMap<string, Known>,
  ): CaseOutcome | null {
    const layer = this.machine.run;
    const built = buildGraph(model, { file: "model.onnx", inputs, run: layer });
    if (!built.ok) {
      const isRefused = built.errors.every(({ code }) => code === "onnx/operator-refused");
      return this.ended(isRefused ? "refused" : "failed", reasonOf(built.errors));
    }
    const outputs = [...runGraph(built.value, inputs, { layer }).values()];
    for (const [i, name] of outputNames(model).entries()) {
      const [wanted, actual] = [expected.get(name), outputs[i]];
      if (wanted === undefined) continue;
      if (actual === undefined) return this.ended("failed", `there is no output ${name}`);
      const { isEqual, reason, maxAbsError, compared } = compareTensors(actual, wanted);
      this.compared += compared;
      if (!(maxAbsError <= this.maxAbsError)) this.maxAbsError = maxAbsError;
      if (!isEqual) return this.ended("failed", `${name}: ${reason}`);
    }
    return null;
  }
}
