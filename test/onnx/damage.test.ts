import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { buildGraph, inputNames, type Known, readModel, readTensor, reference } from "../../workloads/index.js";
import { root } from "../cli/program.js";

const cases = join(root, "test/onnx/cases");
const files = readdirSync(cases, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("model.onnx"));
const models = files.map((name) => join(cases, name)).filter((file) => readFileSync(file).length < 5000);

describe("damaged models", () => {
  it("become diagnostics, or other models, and never a throw", () => {
    const damage = fc.array(fc.tuple(fc.nat(4999), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...models.sort()), damage, (file, changes) => {
        const bytes = Uint8Array.from(readFileSync(file));
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        readTensor(bytes, file);
        const model = readModel(bytes, file);
        if (!model.ok) return;
        const data = join(file, "../test_data_set_0");
        const inputs = new Map(
          inputNames(model.value).flatMap((name, i) => tensorIn(name, join(data, `input_${i}.pb`))),
        );
        const run = buildGraph(model.value, { file, inputs, run: ({ einsum }, values) => reference(einsum, values) });
        for (const built of [run, buildGraph(model.value, { file })])
          if (!built.ok) expect(built.errors).not.to.deep.equal([]);
      }),
      { numRuns: 2000, seed: 1 },
    );
  }).timeout(60_000);
});

function tensorIn(name: string, file: string): readonly (readonly [string, Known])[] {
  try {
    const tensor = readTensor(readFileSync(file), file);
    return tensor.ok ? [[name, tensor.value.value]] : [];
  } catch {
    return [];
  }
}
