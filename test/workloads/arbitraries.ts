import fc from "fast-check";
import { format, type Result } from "../../base/index.js";
import {
  type Einsum,
  type EinsumSetting,
  type Layer,
  parseEinsum,
  parseInlineLayer,
  type Workload,
} from "../../workloads/index.js";

/** The value, or a failure of the test that shows every problem. */
export function unwrapped<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors.map(format).join("\n"));
  return result.value;
}

export const einsumFrom = (text: string, bounds: Record<string, number>, rest: Partial<EinsumSetting> = {}): Einsum =>
  unwrapped(parseEinsum(text, { bounds: new Map(Object.entries(bounds)), ...rest }, { file: "test", path: "" }));

export function onlyLayer(workload: Workload): Layer {
  const [layer] = workload.layers;
  if (layer === undefined) throw new Error("no layer");
  return layer;
}
export const layerFrom = (argument: string): Layer => onlyLayer(unwrapped(parseInlineLayer(argument)));

const small = fc.integer({ min: 1, max: 3 });

/** Small convolutions: strided, dilated, padded on any side, grouped, of one to three axes. */
export const aConvolution: fc.Arbitrary<Layer> = fc
  .record({
    kind: fc.constantFrom("conv", "conv", "conv1d", "conv3d"),
    sizes: fc.record({ N: small, M: small, C: small, G: small, U: small, D: small }),
    extents: fc.record({
      L: fc.integer({ min: 3, max: 4 }),
      H: fc.integer({ min: 3, max: 7 }),
      W: fc.integer({ min: 3, max: 7 }),
    }),
    filter: fc.record({ T: small, R: small, S: small }),
    pads: fc.record({ Zt: fc.nat(3), Zb: fc.nat(3), Zl: fc.nat(3), Zr: fc.nat(3) }),
  })
  .map(({ kind, sizes, extents, filter, pads }) => {
    const keys: Record<string, number> = {
      ...sizes,
      ...extents,
      ...filter,
      ...pads,
      M: sizes.M * sizes.G,
      C: sizes.C * sizes.G,
    };
    const dropped = kind === "conv3d" ? [] : kind === "conv" ? ["L", "T"] : ["L", "T", "W", "S", "Zl", "Zr"];
    for (const key of dropped) delete keys[key];
    for (const [input, tap] of [
      ["L", "T"],
      ["H", "R"],
      ["W", "S"],
    ] as const)
      if (keys[tap] !== undefined && sizes.D * (keys[tap] - 1) + 1 > (keys[input] ?? 0)) keys[tap] = 1;
    return layerFrom(
      `${kind}:${Object.entries(keys)
        .map(([key, value]) => `${key}=${value}`)
        .join()}`,
    );
  });

const TEXTS = [
  "O[m,n] += A[m,k] * B[k,n]",
  "O[p] += I[2*p+r-1] * F[r]",
  "O[2*p+r-1] += I[p] * F[r]",
  "O[p-r+2] += I[p] * F[r]",
  "O[p,q] max= I[2*p+r-1,q+s-1]",
  "O[p] min= I[p+r-1]",
  "O[p] *= I[2*p-r+1]",
  "O[i,j] = A[j,i]",
  "O[i] += A[i] + B[i]",
  "O[i] = A[i] - B[2*i-1]",
  "O[i,j] += (A[i,k] - B[k,j])^2",
  "O[i,j] += A[i,k,l] * B[k,j] * C[l,j]",
  "O[i] max= A[i+j-1] + B[j]",
  "O[i] += A[i+k] - B[i]",
  "O[] += A[i] * B[i]",
  "O[K*m+k] += A[m,k]",
];

/** Small Einsums of every operation, scatter and negative coefficients included. */
export const anEinsum: fc.Arbitrary<Einsum> = fc.oneof(
  aConvolution.map((layer) => layer.einsum),
  fc
    .tuple(fc.constantFrom(...TEXTS), fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 5, maxLength: 5 }))
    .map(([text, sizes]) => {
      const variables = [...new Set(text.match(/(?<![a-z])[a-z](?![a-z])/g) ?? [])];
      return einsumFrom(
        text,
        Object.fromEntries(variables.map((variable, i) => [variable.toUpperCase(), sizes[i] ?? 3])),
      );
    }),
);
