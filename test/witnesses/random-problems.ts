import type { Architecture, Level, PerAxis, ReusePolicy, StorageLevel } from "../../arch-specs/index.js";
import type { Random } from "../../base/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";
import { architecture, fanout, storage } from "../mappings/fixtures.js";

/** A small layer of any kind: matrix products, convolutions of every sort, scatters, reversed and repeated indices. */
export function randomLayer(random: Random): Layer {
  const size = (high: number): number => random.integer(1, high);
  const padding = random.integer(0, 2) === 0 ? ",padding=free" : "";
  const [u, d, z] = [random.integer(1, 3), random.integer(1, 2), random.integer(0, 1)];
  const conv = (): string => {
    const [r, s] = [size(3), size(3)];
    return `P=${size(5)},Q=${size(4)},R=${r},S=${s},U=${u},D=${d},Z=${Math.min(z, r - 1, s - 1)}`;
  };
  const einsum = (text: string, bounds: string): string => `einsum:'${text}',${bounds}`;
  const g = random.integer(1, 2);
  const layers: (() => string)[] = [
    () => `gemm:M=${size(6)},N=${size(6)},K=${size(6)}`,
    () => `gemm:B=2,M=${size(3)},N=${size(4)},K=${size(4)}`,
    () => `conv:N=${size(2)},M=${size(3)},C=${size(3)},${conv()}${padding}`,
    () => `conv:N=1,M=${2 * g},C=${2 * g},G=${g},${conv()}${padding}`,
    () => `depthwise:N=1,C=${size(3)},${conv()}${padding}`,
    () => `conv1d:M=${size(4)},C=${size(4)},P=${size(9)},R=${size(4)},U=${u},D=${d}${padding}`,
    () => `max-pool:N=1,C=${size(3)},${conv()}${padding}`,
    () => einsum(`dI[c,${u}*p+r] += dO[m,p] * W[m,c,r]`, `C=${size(3)},M=${size(3)},P=${size(7)},R=${size(4)}`),
    () => einsum("O[p+r,p-r+3] += I[p,c] * W[r]", `P=${size(5)},R=${size(4)},C=${size(3)}${padding}`),
    () => einsum(`O[p] += I[9-p+${d}*r] * W[r]`, `P=${size(8)},R=${size(5)}${padding}`),
    () => einsum(`O[] += I[${u}*p+r] * W[r]`, `P=${size(8)},R=${size(5)}`),
    () => einsum("O[p,q] = I[q,p] - J[p,q]", `P=${size(6)},Q=${size(6)}`),
    () => einsum(`O[${u}*p+q+2*r] += I[p,r] * W[q]`, `P=${size(5)},Q=${size(4)},R=${size(3)}`),
  ];
  const parsed = parseInlineLayer(random.pick(layers)());
  // A filter may be larger than its padded input, or the padding than the input: another one then.
  if (!parsed.ok) return randomLayer(random);
  const [layer] = parsed.value.layers;
  if (layer === undefined) throw new Error("an inline layer is one layer");
  return layer;
}

/** One to five storage levels, fan-outs anywhere between and below, networks that share in part, every reuse policy. */
export function randomArchitecture(random: Random): Architecture {
  const some = (): PerAxis => ({
    x: random.pick(["all", new Set<string>()]),
    y: random.pick(["all", new Set<string>()]),
  });
  const keeping: Partial<StorageLevel> = { keeps: new Set(), mayKeep: "all" };
  const levels: Level[] = [storage("L0", Number.POSITIVE_INFINITY, keeping)];
  const storages = random.integer(1, 5);
  for (let i = 1; i <= storages; i++) {
    if (random.integer(0, 2) > 0)
      levels.push(
        fanout(`net${i}`, random.integer(1, 4), random.integer(1, 3), { multicast: some(), reduction: some() }),
      );
    if (i === storages) break;
    const reuse: ReusePolicy = random.pick(["slide", "slide", "overlap", "none"]);
    const words = random.pick([4, 12, 40, Number.POSITIVE_INFINITY]);
    levels.push(storage(`L${i}`, words, { ...keeping, reuse }));
  }
  return architecture(...levels);
}
