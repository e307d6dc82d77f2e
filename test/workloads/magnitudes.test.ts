import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { compareOutputs, execute } from "../../sim/machine/index.js";
import {
  activationNames,
  einsumWithTypes,
  inputsOf,
  magnitudesOf,
  reference,
  tensorWords,
} from "../../workloads/index.js";
import { einsumFrom } from "./arbitraries.js";

describe("what bounds the rounding of floats", () => {
  it("adds up the sizes of terms, differences like sums", () => {
    const difference = einsumWithTypes(einsumFrom("O[i] += A[i,k] - B[k]", { I: 1, K: 2 }), "float64");
    expect([...(magnitudesOf(difference, [Float64Array.of(3, -4), Float64Array.of(3, 5)]) ?? [])]).to.deep.equal([15]);
    const negative = { operation: { after: { kind: "scale", by: -2 } } } as const;
    const scaled = einsumWithTypes(einsumFrom("O[] += A[k]", { K: 2 }, negative), "float64");
    expect([...(magnitudesOf(scaled, [Float64Array.of(3, -4)]) ?? [])]).to.deep.equal([14]);
    const squares = einsumWithTypes(einsumFrom("O[] += (A[k] - B[k])^2", { K: 2 }), "float64");
    expect([...(magnitudesOf(squares, [Float64Array.of(3, -4), Float64Array.of(3, 5)]) ?? [])]).to.deep.equal([117]);
    expect(magnitudesOf(einsumFrom("O[i] = A[i]", { I: 1 }), [Int32Array.of(1)])).to.equal(null);
  });

  it("holds for sums of any real words, whatever activation they end in", () => {
    const architecture = builtInArchitecture("textbook");
    if (architecture?.ok !== true) throw new Error("no textbook");
    for (const [i, name] of [...activationNames, "exp", "log", "power"].entries()) {
      const after = { kind: "activation", name, ...(name === "power" ? { beta: 9, gamma: -0.5 } : {}) } as const;
      const written = einsumFrom("O[i] += A[i,k] - B[k]", { I: 40, K: 30 }, { operation: { after } });
      const einsum = einsumWithTypes(written, "float32");
      const random = seeded(i + 1);
      const low = name === "log" ? 1 : -1_000_000;
      const inputs = inputsOf(einsum).map((tensor, t) =>
        Float32Array.from({ length: tensorWords(tensor) }, () =>
          t === 1 && name === "log" ? -1e-3 : random.integer(low, 1_000_000) / 7e6,
        ),
      );
      const layer = { name, kind: "einsum", repeat: 1, einsum };
      const mapping = randomLegalMapping(layer, architecture.value, random, { imperfect: true });
      if (mapping === null) throw new Error(`no mapping for ${name}`);
      const { output } = execute(mapping, inputs);
      const found = compareOutputs(output, reference(einsum, inputs), einsum, magnitudesOf(einsum, inputs));
      expect(found.status, name).to.not.equal("failed");
    }
  });
});
