import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { limitsOf } from "../../mapper/limits.js";
import { problemOf } from "../../mapper/problem.js";
import {
  everyLegalMapping,
  isEvenNest,
  type LegalMapping,
  parseDataflow,
  resolveDataflow,
} from "../../mappings/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { NARROW_RULES, type NarrowRule } from "./narrow-rules.js";
import { EVEN_RULES } from "./narrow-rules-even.js";
import { costOf } from "./problems.js";
import { isPromised, keyOfMapping, promisesOf } from "./promises.js";

/** Holds every mapping of the rule's problem against what the families promise for its keeps and use of fan-outs. */
function holdAll({
  rule,
  greedy,
  layer: spec,
  levels,
  dataflow: flow,
  conventions = "loopwright",
}: NarrowRule): number {
  const text = `name: narrow\nsource: a test\nclock: 1 GHz\nlevels:\n${levels.map((level) => `  - ${level}\n`).join("")}  - {compute: MAC, energy: 1 pJ}\n`;
  const [workload, architecture] = [parseInlineLayer(spec), parseArchitecture(text, "narrow.yaml")];
  const dataflow = flow === undefined ? null : parseDataflow(flow, "narrow.yaml");
  const layer = workload.ok ? workload.value.layers[0] : undefined;
  if (layer === undefined || !architecture.ok || dataflow?.ok === false) throw new Error(`${rule}: not a problem`);
  const resolved = dataflow === null ? null : resolveDataflow(dataflow.value, architecture.value, layer.einsum);
  if (resolved?.ok === false) throw new Error(`${rule}: not a dataflow`);
  const problem = problemOf(layer, architecture.value, conventions);
  const promises = promisesOf(problem, limitsOf(problem, resolved?.value ?? null), {
    ...{ name: "energy", energyPower: 1, delayPower: 0 },
  });
  if (promises === null) throw new Error(`${rule}: too many choices`);
  const orders = conventions === "accelforge" ? ("all" as const) : ("distinct" as const);
  const isWanted = (nodes: LegalMapping["nodes"]): boolean =>
    conventions !== "timeloop" || isEvenNest({ layer, architecture: architecture.value, nodes } as LegalMapping);
  const options = { conventions, orders, isWanted, ...(dataflow === null ? {} : { dataflow: dataflow.value }) };
  let held = 0;
  for (const mapping of everyLegalMapping(layer, architecture.value, options)) {
    const spent =
      conventions === "loopwright" ? costOf(mapping) : evaluateUnder(mapping, conventions, { linkTransfers: false });
    const key = keyOfMapping(problem, mapping);
    const told = `${key}: ${JSON.stringify(spent)}, promised ${JSON.stringify(promises.get(key))}`;
    expect(isPromised(promises, key, spent), `${greedy.join("; ")}: ${told}`).to.equal(true);
    held++;
  }
  return held;
}

describe("rules of the families that leave mappings out", () => {
  for (const rule of [...NARROW_RULES, ...EVEN_RULES])
    it(rule.rule, () => {
      expect(holdAll(rule)).to.be.greaterThan(0);
    });
});
