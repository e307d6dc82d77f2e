import { parseArchitecture } from "../../arch-specs/index.js";
import { type Conventions, type Random, seeded } from "../../base/index.js";
import { randomLegalMapping, usage } from "../../mappings/index.js";
import { type Layer, mayStart, parseInlineLayer, startingFrom } from "../../workloads/index.js";

/** What is tried: the search as it is, under a dataflow, within a gap, over all tiles, with free padding, or under other conventions. */
export const KINDS = ["perfect", "dataflow", "gap", "imperfect", "padding", "timeloop", "accelforge"] as const;
export type Kind = (typeof KINDS)[number];

/** A random problem as texts that anyone can run again. */
export interface Trial {
  readonly kind: Kind;
  readonly seed: number;
  /** An inline layer, and what its reduction starts from (`Bias[m]`), null for nothing. */
  readonly layer: string;
  readonly start: string | null;
  readonly architecture: string;
  readonly dataflow: string | null;
  readonly objective: string;
  readonly conventions: Conventions;
  readonly imperfect: boolean;
  readonly gap: number;
}

/** The trial of a kind and seed: the same on every machine. */
export function trialFrom(kind: Kind, seed: number): Trial {
  const random = seeded(seed * 7 + KINDS.indexOf(kind));
  const layer = layerText(random, kind);
  const tensors = tensorsOf(layer);
  const isNative = kind !== "timeloop" && kind !== "accelforge";
  const start = isNative && kind !== "padding" && random.integer(1, 5) === 1 ? startText(random, layer) : null;
  const levels = levelsOf(random);
  const fit = random.integer(1, 2) === 1 ? fitOf(random, levels, layerOf({ layer, start })) : null;
  return {
    ...{ kind, seed, layer, start },
    architecture: architectureText(random, levels, start === null ? tensors : [...tensors, "Bias"], fit),
    dataflow: kind === "dataflow" ? dataflowText(random, levels, tensors, variablesOf(layer)) : null,
    objective: random.pick(["energy", "energy", "edp", "delay", "energy^2*delay", "energy*delay^2"]),
    conventions: isNative ? "loopwright" : kind,
    imperfect: kind === "imperfect",
    gap: kind === "gap" ? random.pick([0.05, 0.3, 1]) : 0,
  };
}

/** The trial as one text. */
export const textOf = (trial: Trial): string =>
  [
    `# ${trial.kind}, seed ${trial.seed}: ${trial.layer}${trial.start === null ? "" : `, starting from ${trial.start}`}`,
    `# objective ${trial.objective}, conventions ${trial.conventions}, gap ${trial.gap}`,
    trial.architecture,
    ...(trial.dataflow === null ? [] : [trial.dataflow]),
  ].join("\n");

/** Windows with strides, dilation and padding, groups, batches, scatter, pooling, three inputs, several windows over one axis. */
const LAYERS = [
  "conv:M=2,C=1,P=4,Q=1,R=3,S=1",
  "conv:M=1,C=2,P=4,Q=1,R=2,S=1,U=2",
  "conv:M=1,C=1,P=4,Q=1,R=4,S=1,U=3,D=2",
  "conv:M=1,C=1,P=6,Q=1,R=2,S=1,D=3",
  "conv:M=1,C=1,P=4,Q=2,R=2,S=2",
  "conv:M=1,C=1,P=4,Q=4,R=2,S=2",
  "conv:M=1,C=2,P=4,Q=1,R=3,S=1,Zt=1,Zb=1",
  "conv:N=2,M=2,C=1,P=2,Q=2,R=2,S=1",
  "conv:G=2,M=4,C=2,P=2,Q=1,R=2,S=1",
  "depthwise:C=2,P=4,Q=1,R=2,S=1",
  "gemm:M=4,N=2,K=4",
  "gemm:M=6,N=2,K=2",
  "einsum:'O[b,m,n] += A[b,m,k]*B[b,k,n]',B=2,M=2,N=2,K=2",
  "einsum:'O[p+r,m] += A[p,c]*B[m,r,c]',P=3,R=2,M=2,C=2",
  "einsum:'O[2*p+r] += A[m,p]*B[m,r]',P=4,R=3,M=2",
  "einsum:'O[p+r,q+s] += A[p,q]*B[r,s]',P=2,R=2,Q=2,S=2",
  "einsum:'O[p] max= I[2*p+r]',P=8,R=3",
  "einsum:'O[p] += A[p+r]*B[r]*D[p]',P=4,R=4",
  "einsum:'O[p] += A[p+r]*B[r]*D[r]',P=4,R=4",
  "einsum:'O[p] += A[p+r]*B[p+2*r]',P=4,R=4",
  "einsum:'O[p] += A[p+r+s]*B[r,s]',P=4,R=2,S=2",
  "einsum:'O[p] += A[2*p+r+s]*B[r,s]',P=4,R=2,S=2",
  "einsum:'O[p,q] += A[p+r]*B[q+s]',P=4,R=2,Q=4,S=2",
  "einsum:'O[p] += A[p+r]*B[p+s]',P=4,R=2,S=2",
  "einsum:'O[m,n] = A[m,n]+B[m]',M=4,N=4",
];

/** Bounds that few tiles divide. */
const PRIME = [
  "gemm:M=3,N=1,K=5",
  "gemm:M=2,N=3,K=3",
  "conv:M=1,C=1,P=5,Q=1,R=3,S=1",
  "conv:M=2,C=1,P=3,Q=1,R=2,S=1",
  "conv:M=1,C=2,P=3,Q=1,R=2,S=1,U=2",
  "conv:M=1,C=1,P=3,Q=2,R=2,S=1",
  "conv:N=2,M=1,C=1,P=3,Q=1,R=2,S=1",
  "depthwise:C=2,P=3,Q=1,R=2,S=1",
  "einsum:'O[m] += A[m,k]*B[k]',M=5,K=5",
  "einsum:'O[p+r] += A[p]*B[r]',P=3,R=2",
  "einsum:'O[p] max= I[2*p+r]',P=5,R=3",
  "einsum:'O[p] += A[p+r]*B[p]*D[r]',P=3,R=3",
];

const PADDED = [
  "conv:M=1,C=2,P=3,Q=1,R=3,S=1,Zt=1,Zb=1,padding=free",
  "conv:M=2,C=1,P=4,Q=1,R=3,S=1,Zt=1,Zb=0,padding=free",
  "conv:M=1,C=1,P=2,Q=2,R=3,S=3,pad=1,padding=free",
  "conv:M=1,C=1,P=4,Q=1,R=3,S=1,padding=free",
];

function layerText(random: Random, kind: Kind): string {
  if (kind === "imperfect") return random.pick(PRIME);
  if (kind === "padding") return random.pick(PADDED);
  return random.integer(1, 3) === 1 ? random.pick(LAYERS) : randomEinsum(random);
}

/** Two windows and two plain variables at most, each in some tensors, alone or with its partner. */
function randomEinsum(random: Random): string {
  const windows = [["p", "r"], ["q", "s"], ...(random.integer(1, 3) === 1 ? [["p", "t"]] : [])].slice(
    0,
    random.integer(0, 3),
  );
  const plain = ["m", "n"].slice(0, random.integer(windows.length === 0 ? 1 : 0, windows.length > 1 ? 1 : 2));
  const names = ["A", "B", "D"].slice(0, random.pick([1, 2, 2, 2, 3]));
  const tensors = [...names, "O"].map((name) => ({ name, axes: axesOf(random, windows, plain, name === "O") }));
  const used = [...new Set(tensors.flatMap(({ axes }) => axes.join(" ").match(/[a-z]/g) ?? []))];
  if (used.length === 0 || tensors.some(({ axes }) => axes.length === 0)) return randomEinsum(random);
  const bounds = boundsOf(random, used);
  const [output, ...inputs] = tensors.reverse().map(({ name, axes }) => `${name}[${axes.join(",")}]`);
  const reduces = random.integer(1, 6) === 1 && inputs.length === 1 ? "max=" : "+=";
  return `einsum:'${output} ${reduces} ${inputs.reverse().join("*")}',${bounds}`;
}

function axesOf(
  random: Random,
  windows: readonly (readonly string[])[],
  plain: readonly string[],
  isOutput: boolean,
): readonly string[] {
  const axes = new Set<string>();
  for (const [p = "", r = ""] of windows) {
    const [a, b] = [random.pick([1, 1, 1, 2, 3]), random.pick([1, 1, 1, 2])];
    const sum = `${a === 1 ? "" : `${a}*`}${p}+${b === 1 ? "" : `${b}*`}${r}`;
    const options = isOutput ? [[p], [p], [p], [r], [sum], []] : [[sum], [sum], [r], [p], [p, r], []];
    for (const axis of random.pick(options)) axes.add(axis);
  }
  for (const v of plain) if (random.integer(1, 3) > 1) axes.add(v);
  return [...axes];
}

function boundsOf(random: Random, used: readonly string[]): string {
  const most = random.pick([16, 32, 64]);
  let product = 1;
  return used
    .map((v) => {
      const bound = random.pick([2, 2, 3, 4, 4, 6, 8].filter((n) => n === 2 || product * n <= most));
      product *= bound;
      return `${v.toUpperCase()}=${bound}`;
    })
    .join(",");
}

/** The names of a layer's tensors. */
function tensorsOf(layer: string): readonly string[] {
  const [, equation = ""] = /'(.*)'/.exec(layer) ?? [];
  return equation === "" ? ["Inputs", "Weights", "Outputs"] : (equation.match(/\b[A-Z](?=\[)/g) ?? []);
}

function variablesOf(layer: string): readonly string[] {
  return [...layer.matchAll(/\b([A-Z]\d?)=\d/g)].map(([, name = ""]) => name.toLowerCase());
}

/** A bias over some variables of an output whose axes are one variable each. */
function startText(random: Random, layer: string): string | null {
  const [, inside] = /'O\[([a-z](?:,[a-z])*)\] \+=/.exec(layer) ?? [null, /^conv:M/.test(layer) ? "m" : null];
  const over = inside?.split(",").filter(() => random.integer(1, 2) === 1) ?? [];
  return over.length === 0 ? null : `Bias[${over.join(",")}]`;
}

/** The layer of a trial; undefined where the text is none. */
export function layerOf({ layer: text, start }: Pick<Trial, "layer" | "start">): Layer | undefined {
  const parsed = parseInlineLayer(text);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined || start === null) return layer;
  const [, inside = ""] = /\[(.*)\]/.exec(start) ?? [];
  const variables = inside.split(",").map((name) => layer.einsum.variables.indexOf(name));
  return mayStart(layer.einsum, variables) ? { ...layer, einsum: startingFrom(layer.einsum, start) } : layer;
}

/** How large a level has to be for some mapping. */
interface Size {
  readonly words: number;
  readonly tensors: readonly string[];
  readonly x: number;
  readonly y: number;
}

/** Sizes by level that a random mapping just fits: else odd mappings hardly ever are the best. */
function fitOf(random: Random, levels: readonly string[], layer: Layer | undefined): ReadonlyMap<string, Size> | null {
  const wide = levels.map((name) =>
    name.startsWith("F")
      ? `{fanout: ${name}, x: 4, y: 4}`
      : `{storage: ${name}, ${name === "L0" ? "keeps" : "mayKeep"}: all}`,
  );
  const parsed = parseArchitecture(`name: wide\nlevels: [${wide.join(", ")}, {compute: MAC}]\n`, "wide.yaml");
  if (layer === undefined || !parsed.ok) return null;
  const mapping = randomLegalMapping(layer, parsed.value, random, { imperfect: false });
  if (mapping === null) return null;
  const used = new Map(usage(mapping).map((level) => [level.name, level]));
  const along = (name: string, axis: "x" | "y"): number =>
    mapping.nodes.reduce(
      (n, node) =>
        node.kind === "spatial" && node.axis === axis && levels[node.fanout] === name ? (n * node.extent) / node.by : n,
      1,
    );
  return new Map(
    levels.map((name) => [
      name,
      {
        words: used.get(name)?.used ?? 0,
        tensors: used.get(name)?.tensors.map((tensor) => tensor.name) ?? [],
        x: along(name, "x"),
        y: along(name, "y"),
      },
    ]),
  );
}

/** Names of storages (L0, L1, …) and fan-outs (F1, …), outermost first. */
function levelsOf(random: Random): readonly string[] {
  const shapes = ["L1", "F1 L1", "L1 F1", "L1 L2", "F1 L1 L2", "L1 F1 L2", "F1 F2 L1", "F1 L1 F2", "L1 F1 F2"];
  const larger = ["L1 L2 L3", "L1 F1 L2 L3", "F1 L1 F2 L2", "L1 F1 F2 L2", "F1", "F1 F2", "F1 F2 L1 L2", "F1 L1 L2 L3"];
  return ["L0", ...random.pick([...shapes, ...shapes, ...larger]).split(" ")];
}

function architectureText(
  random: Random,
  levels: readonly string[],
  tensors: readonly string[],
  fit: ReadonlyMap<string, Size> | null,
): string {
  /** Energies alike, or of very different size, so that odd mappings have their turn. */
  const scale = random.pick([
    [1, 2, 3, 5, 7, 9],
    [0, 1, 3, 10, 30, 100],
  ]);
  const texts = levels.map((name) => {
    const size = fit?.get(name) ?? null;
    if (name === "L0") return outermost(random);
    return name.startsWith("F") ? fanout(random, name, tensors, size) : storage(random, name, tensors, scale, size);
  });
  const compute = `  - compute: MAC\n    operationsPerCycle: ${random.pick([1, 1, 2])}\n    energy: {operation: 1 pJ, leak: ${random.pick([0, 0, 1])} pJ}\n`;
  return `name: random\nsource: a trial\nclock: 1 GHz\nlevels:\n${texts.join("\n")}\n${compute}`;
}

const outermost = (random: Random): string =>
  [
    `  - storage: L0\n    keeps: all\n    block: ${random.pick([1, 1, 2, 3])} word`,
    `    reuse: ${random.pick(["slide", "none", "overlap"])}`,
    `    energy: {read: ${random.integer(3, 60)} pJ, write: ${random.integer(3, 60)} pJ}${ports(random)}`,
  ].join("\n");

function storage(
  random: Random,
  name: string,
  tensors: readonly string[],
  scale: readonly number[],
  size: Size | null,
): string {
  const some = (): string => random.pick(tensors);
  const keeps = random.pick([
    "keeps: all",
    "mayKeep: all",
    "mayKeep: all",
    `keeps: [${some()}]`,
    `keeps: [${some()}]\n    mayKeep: [${some()}]`,
    `keeps: [${[...new Set([some(), some()])].join(", ")}]`,
    `mayKeep: [${[...new Set([some(), some()])].join(", ")}]`,
    `bypasses: [${some()}]`,
  ]);
  const words = tensors.map((tensor) => `${tensor}: ${random.integer(1, 10)}`).join(", ");
  const exactly = `${random.pick(["keeps", "keeps", "mayKeep"])}: [${size?.tensors.join(", ")}]`;
  const room = Math.max(1, size?.words ?? 0) + random.pick([0, 0, 1]);
  const capacity =
    size !== null
      ? `${room} word`
      : random.integer(1, 4) > 1
        ? `${random.integer(3, random.pick([10, 40]))} word`
        : `{${words}}`;
  const update = random.pick(["", `, update: ${random.pick(scale)} pJ`]);
  const leak = random.pick(["", "", `, leak: ${random.integer(1, 6)} pJ`]);
  return [
    `  - storage: ${name}\n    capacity: ${capacity}\n    ${size === null ? keeps : exactly}`,
    `    reuse: ${random.pick(["slide", "slide", "overlap", "none"])}\n    block: ${random.pick([1, 1, 1, 2, 3, 4])} word`,
    `    energy: {read: ${random.pick(scale)} pJ, write: ${random.pick(scale)} pJ${update}${leak}}${ports(random)}${size === null ? random.pick(["", "", "", "\n    buffering: double"]) : ""}`,
  ].join("\n");
}

const ports = (random: Random): string =>
  random.pick([
    "",
    "",
    `\n    bandwidth: {shared: ${random.integer(1, 3)} word/cycle}`,
    `\n    bandwidth: {read: ${random.integer(1, 3)} word/cycle, write: ${random.integer(1, 2)} word/cycle}`,
    "\n    bandwidth: {write: 1 word/cycle}",
  ]);

function fanout(random: Random, name: string, tensors: readonly string[], size: Size | null): string {
  const one = (): string => random.pick(tensors);
  const shared = (): string =>
    random.pick([
      "all",
      "all",
      "[]",
      `[${one()}]`,
      `{x: [${one()}]}`,
      "{y: all}",
      "{x: all}",
      `{x: [${one()}], y: [${one()}]}`,
    ]);
  const leak = random.pick(["", "", "", `\n    leak: ${random.integer(1, 5)} pJ`]);
  return [
    `  - fanout: ${name}\n    x: ${size?.x ?? random.integer(1, 4)}\n    y: ${size?.y ?? random.integer(1, 3)}`,
    `    multicast: ${shared()}\n    reduction: ${shared()}`,
    `    energy: {hop: ${random.pick([0, 0, 1, 5, 30])} pJ}${leak}`,
  ].join("\n");
}

/** A dataflow that prescribes something of most levels. */
function dataflowText(
  random: Random,
  levels: readonly string[],
  tensors: readonly string[],
  variables: readonly string[],
): string {
  const v = (): string => random.pick(variables);
  const several = (most: number): string => `[${[...new Set(Array.from({ length: most }, v))].join(", ")}]`;
  const maybe = (oneIn: number, text: () => string): readonly string[] =>
    random.integer(1, oneIn) === 1 ? [text()] : [];
  const counts = (): readonly string[] => [
    ...maybe(3, () => `factors: {${v()}: ${random.pick([1, 1, 2])}}`),
    ...maybe(3, () => `maxFactors: {${v()}: ${random.pick([1, 2, 3])}}`),
  ];
  const rules = levels.map((name) => {
    if (name.startsWith("F"))
      return [...maybe(2, () => `x: ${several(2)}`), ...maybe(2, () => `y: ${several(2)}`), ...counts()];
    const keeps = name === "L0" ? [] : maybe(3, () => `keeps: [${random.pick(tensors)}]`);
    const orders = [`[${v()}, "*"]`, `["*", ${v()}]`, several(2)];
    return [
      ...keeps,
      ...maybe(3, () => `loopsBelow: ${several(4)}`),
      ...maybe(2, () => `order: ${random.pick(orders)}`),
      ...counts(),
    ];
  });
  const lines = levels.flatMap((name, i) => (rules[i]?.length ? [`${name}: {${rules[i]?.join(", ")}}`] : []));
  return `dataflow: mine\n${lines.join("\n")}\n`;
}
