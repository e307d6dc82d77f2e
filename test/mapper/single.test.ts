import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { front, parseObjective, search } from "../../mapper/index.js";
import { everyLegalMapping, type LegalMapping } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { costOf } from "./problems.js";

describe("a layer of a single operation", () => {
  const parsed = parseInlineLayer("gemm:M=1,N=1,K=1");
  const [layer] = parsed.ok ? parsed.value.layers : [];
  const architecture = builtInArchitecture("textbook", new Map());

  it("has no loop to choose, and a certified answer", () => {
    if (layer === undefined || !architecture?.ok) throw new Error("no problem");
    const of = (mapping: LegalMapping): number => costOf(mapping).energy;
    const energies = [...everyLegalMapping(layer, architecture.value)].map(of);
    const options = { dataflow: null, costOf, gap: 0, cancelled: () => false };
    const objective = parseObjective("energy");
    if (objective === null) throw new Error("no objective");
    const found = search(layer, architecture.value, { ...options, objective, progress: () => undefined });
    expect(found.status).to.equal("optimal");
    expect(found.cost?.energy).to.be.closeTo(Math.min(...energies), 1e-9);
    const { points, status } = front(layer, architecture.value, { ...options, progress: () => undefined });
    expect(status).to.equal("optimal");
    expect(points[0]?.energy).to.be.closeTo(Math.min(...energies), 1e-9);
  });
});
