import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { front, parseObjective, search } from "../../mapper/index.js";
import { everyLegalMapping, type LegalMapping, parseDataflow, resolveDataflow } from "../../mappings/index.js";
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

  it("has no mapping where a dataflow asks for iterations that it does not have", () => {
    if (layer === undefined || !architecture?.ok) throw new Error("no problem");
    const objective = parseObjective("energy");
    const statusUnder = (text: string): string => {
      const parsedFlow = parseDataflow(text, "test.yaml");
      const flow = parsedFlow.ok ? resolveDataflow(parsedFlow.value, architecture.value, layer.einsum) : parsedFlow;
      if (objective === null || !flow.ok) throw new Error("no dataflow");
      const options = {
        objective,
        dataflow: flow.value,
        costOf,
        gap: 0,
        cancelled: () => false,
        progress: () => undefined,
      };
      return search(layer, architecture.value, options).status;
    };
    const { name } = architecture.value.levels[0] ?? { name: "" };
    expect(statusUnder(`dataflow: mine\n${name}: {factors: {m: 2}}\n`)).to.equal("infeasible");
    expect(statusUnder(`dataflow: mine\n${name}: {factors: {m: 1}}\n`)).to.equal("optimal");
  });
});
