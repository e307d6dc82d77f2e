import type { Level } from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import type { Counts } from "../../sim/counts.js";
import { architecture, fanout, layer, legal, storage } from "./scaffold.js";

/** One random triple as timeloop-model was run on it, and what it printed: [tile, instances, reads, fills, updates] of one instance. */
export interface Triple {
  readonly id: string;
  readonly arch: readonly { readonly name: string; readonly X: number; readonly Y: number }[];
  readonly shape: string;
  readonly instance: Readonly<Record<string, number>>;
  readonly mapping: Readonly<Record<string, Directive>>;
  readonly nolink: { readonly levels: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> };
}
interface Directive {
  readonly T: string;
  readonly SX?: string;
  readonly SY?: string;
  readonly bypass?: readonly string[];
}

const texts: Readonly<Record<string, string>> = {
  CNN_Layer: "Outputs[n,m,q,p] += Weights[c,m,r,s] * Inputs[n,c,Wstride*p+Wdilation*r,Hstride*q+Hdilation*s]",
  Grouped_CNN_Layer:
    "Outputs[n,m,q,p,g] += Weights[c,m,r,s,g] * Inputs[n,c,Wstride*p+Wdilation*r,Hstride*q+Hdilation*s,g]",
  GEMM: "Z[m,n] += A[m,k] * B[k,n]",
};

/** A triple as a legal mapping of ours. */
export function mappingOf(triple: Triple): LegalMapping {
  const { arch, shape, instance, mapping } = triple;
  const constants = { Wstride: 1, Hstride: 1, Wdilation: 1, Hdilation: 1 };
  const on = layer(texts[shape] ?? "", { ...(shape === "GEMM" ? {} : constants), ...instance });
  const names = on.einsum.tensors.map((tensor) => tensor.name);
  const left: Record<string, number> = { ...instance };
  const nodes: string[] = [];
  const levels: Level[] = [];
  arch.slice(0, -1).forEach(({ name, X, Y }, i) => {
    const { T, SX = "", SY = "", bypass = [] } = mapping[name] ?? { T: "" };
    const below = arch[i + 1] ?? { X, Y };
    levels.push(storage(name), fanout(`${name}_below`, below.X / X, below.Y / Y));
    const kept = names.filter((tensor) => !bypass.includes(tensor));
    if (kept.length > 0) nodes.push(`${name}:${kept.join()}`);
    nodes.push(...loops(T, "", left), ...loops(SX, `@x:${name}_below`, left), ...loops(SY, `@y:${name}_below`, left));
  });
  return legal(on, architecture(...levels), nodes.join(" "));
}

/** `C4 M2`, outermost first, as our loops by the extent that they leave. */
function loops(text: string, suffix: string, left: Record<string, number>): string[] {
  return [...text.matchAll(/([A-Z])(\d+)/g)].map(([, name = "", factor = ""]) => {
    left[name] = (left[name] ?? 1) / Number(factor);
    return `${name.toLowerCase()}/${left[name]}${suffix}`;
  });
}

/** Our counts in the form of Timeloop's figures, of the first class of instances. */
export function figuresOf(mapping: LegalMapping, counts: Counts): Record<string, Record<string, readonly number[]>> {
  const figures: Record<string, Record<string, readonly number[]>> = {};
  for (const { level, tiles, classes, utilizedInstances } of counts.levels) {
    const byTensor: Record<string, readonly number[]> = {};
    for (const { tensor, words } of tiles) {
      const accesses = classes.map(({ tensors }) => tensors.find((t) => t.tensor === tensor));
      const [first] = accesses;
      const { reads = 0, fills = 0, updates = 0 } = first ?? {};
      byTensor[mapping.layer.einsum.tensors[tensor]?.name ?? ""] = [words, utilizedInstances, reads, fills, updates];
    }
    figures[mapping.architecture.levels[level]?.name ?? ""] = byTensor;
  }
  return figures;
}
