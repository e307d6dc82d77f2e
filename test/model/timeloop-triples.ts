import type { Architecture, Level } from "../../arch-specs/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";
import { architecture, einsum, fanout, optional, storage } from "./fixtures.js";

/** One line of the recorded triples: an architecture, a problem, a mapping, and what timeloop-model counted. */
export interface Triple {
  readonly id: string;
  readonly arch: readonly { readonly name: string; readonly X: number; readonly Y: number }[];
  readonly shape: string;
  readonly instance: Readonly<Record<string, number>>;
  readonly mapping: Readonly<Record<string, TripleLevel>>;
  /** With Timeloop's link transfers off. */
  readonly nolink: { readonly levels: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> };
}
/** Loops such as `M4 P2`, outermost first. */
interface TripleLevel {
  readonly T: string;
  readonly SX?: string;
  readonly SY?: string;
  readonly bypass?: readonly string[];
}

/** The triple as a mapping of ours. */
export function mappingOf(triple: Triple): LegalMapping {
  const layer = layerOf(triple);
  const arch = archOf(triple);
  const tensors = layer.einsum.tensors.map((tensor) => tensor.name);
  const extents = new Map(layer.einsum.variables.map((v, i) => [v, layer.einsum.bounds[i] ?? 1]));
  const nodes = triple.arch.slice(0, -1).flatMap(({ name }, i): MappingNode[] => {
    const level = triple.mapping[name];
    const kept = tensors.filter((tensor) => level?.bypass?.includes(tensor) !== true);
    const loops = (text: string, axis: "x" | "y" | null): MappingNode[] =>
      [...text.matchAll(/([A-Z])(\d+)/g)].map(([, letter = "", count]) => {
        const variable = letter.toLowerCase();
        const by = (extents.get(variable) ?? 1) / Number(count);
        extents.set(variable, by);
        return axis === null
          ? { kind: "for", variable, by }
          : { kind: "spatial", variable, by, axis, fanout: `${name} network` };
      });
    const keep: MappingNode[] = kept.length === 0 ? [] : [{ kind: "keep", tensors: kept, level: name }];
    return [
      ...(i === 0 ? [{ kind: "keep", tensors, level: name } as const] : keep),
      ...loops(level?.T ?? "", null),
      ...loops(level?.SX ?? "", "x"),
      ...loops(level?.SY ?? "", "y"),
    ];
  });
  const legal = checkLegality({ nodes }, layer, arch);
  if (!legal.ok) throw new Error(`${triple.id}: ${JSON.stringify(legal.errors)}`);
  return legal.value;
}

function archOf({ arch }: Triple): Architecture {
  const levels = arch.slice(0, -1).flatMap(({ name, X, Y }, i): Level[] => {
    const below = arch[i + 1] ?? { X, Y };
    return [storage(name, Number.POSITIVE_INFINITY, optional), fanout(`${name} network`, below.X / X, below.Y / Y)];
  });
  return architecture(...levels);
}

function layerOf({ shape, instance: bound }: Triple): Layer {
  if (shape === "GEMM")
    return einsum("Z[m,n] += A[m,k] * B[n,k]", { m: bound["M"] ?? 1, n: bound["N"] ?? 1, k: bound["K"] ?? 1 });
  const [u, v] = [bound["Wstride"] ?? 1, bound["Hstride"] ?? 1];
  const [d, e] = [bound["Wdilation"] ?? 1, bound["Hdilation"] ?? 1];
  const [g, group] = shape === "Grouped_CNN_Layer" ? [",g", { g: bound["G"] ?? 1 }] : ["", {}];
  const bounds = Object.fromEntries(["n", "m", "c", "p", "q", "r", "s"].map((x) => [x, bound[x.toUpperCase()] ?? 1]));
  return einsum(`Outputs[n,m,q,p${g}] += Weights[c,m,r,s${g}] * Inputs[n,c,${u}p+${d}r,${v}q+${e}s${g}]`, {
    ...bounds,
    ...group,
  });
}
