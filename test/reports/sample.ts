import { builtInArchitecture } from "../../arch-specs/index.js";
import type { Result } from "../../base/index.js";
import { checkLegality, type LegalMapping, parseMapping } from "../../mappings/index.js";
import { type LayerResult, resultOf } from "../../reports/index.js";
import { execute } from "../../sim/machine/index.js";
import { price } from "../../sim/pricing/index.js";
import { parseInlineLayer, seededInputs } from "../../workloads/index.js";

export function valueFrom<T>(result: Result<T> | undefined): T {
  if (result === undefined) throw new Error("nothing of that name");
  if (!result.ok) throw new Error(result.errors.map((error) => error.message).join("; "));
  return result.value;
}

/** A row-stationary flavoured mapping of a small convolution on the textbook architecture. */
export function sampleMapping(): LegalMapping {
  const [layer] = valueFrom(parseInlineLayer("conv:N=1,M=4,C=3,P=6,Q=6,R=3,S=3")).layers;
  if (layer === undefined) throw new Error("no layer");
  const architecture = valueFrom(builtInArchitecture("textbook"));
  const text = `mapping:
  - {keep: [Inputs, Weights, Outputs], in: DRAM}
  - {for: m, by: 2}
  - {keep: [Inputs, Outputs], in: GLB}
  - {for: c, by: 1}
  - {spatial: q, by: 1, axis: x}
  - {spatial: m, by: 1, axis: y}
  - {keep: [Inputs, Weights, Outputs], in: PE}
  - {for: p, by: 1}
  - {for: r, by: 1}
  - {for: s, by: 1}
`;
  const { mapping, at } = valueFrom(parseMapping(text, "sample.yaml"));
  return valueFrom(checkLegality(mapping, layer, architecture, { at }));
}

/** The sample executed and priced. */
export function sampleResult(layer = "conv"): LayerResult {
  const legal = sampleMapping();
  const { counts } = execute(legal, seededInputs(legal.layer.einsum, 1), {});
  const named = { ...legal, layer: { ...legal.layer, name: layer } };
  return resultOf(named, price(counts, named), { workload: "sample", conventions: "loopwright" });
}
