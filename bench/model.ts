import { builtInArchitecture } from "../arch-specs/index.js";
import { divisorsOf, type Random, seeded } from "../base/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../mappings/index.js";
import { compile, predict, structureOf, termsOf } from "../sim/model/index.js";
import { builtInWorkload, type Layer } from "../workloads/index.js";

// How fast the model evaluates mappings of VGG-16 conv3_1 on the textbook architecture, on one core: every count of every
// level and tensor, cycles and energy. Compiled terms for the mapper, `predict` for single mappings.

const FIELD = "timeloop-model inside its mapper: 40 to 140 valid mappings a CPU-second";

const architecture = builtInArchitecture("textbook");
if (architecture?.ok !== true) throw new Error("the textbook architecture is built in");
const arch = architecture.value;
const layer = builtInWorkload("vgg16")?.layers.find(({ name }) => name === "conv3_1");
if (layer === undefined) throw new Error("conv3_1 is a layer of vgg16");

const mapping = anyTiling(layer, null);
const { structure } = structureOf(mapping);
const { evaluate, layout } = compile(termsOf(structure));
const random = seeded(1);
const factors = Array.from({ length: 1000 }, () => Float64Array.from(randomFactors(random)));
const out = new Float64Array(layout.size);

let checksum = 0;
report("compiled terms", 1_000_000, (i) => {
  evaluate(factors[i % factors.length] ?? [], out);
  checksum += out[layout.energy] ?? 0;
});
report("compile(termsOf(structure))", 200, () => {
  checksum += compile(termsOf(structure)).layout.size;
});
report("predict, perfect tiles", 2000, () => {
  checksum += predict(mapping).steps;
});
const imperfect = anyTiling(layer, 0.6);
report("predict, short last tiles everywhere", 5, () => {
  checksum += predict(imperfect).steps;
});
console.log(`(${FIELD}; checksum ${checksum.toExponential(3)})`);

function report(what: string, times: number, run: (i: number) => void): void {
  for (let i = 0; i < Math.ceil(times / 20); i++) run(i);
  const start = performance.now();
  for (let i = 0; i < times; i++) run(i);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${what.padEnd(40)} ${Math.round(times / seconds).toLocaleString("en")} a second`);
}

/** All variables loop at DRAM, at GLB and in the PE; p and m go over the array. `shrink`: each tile this part of the last. */
function anyTiling({ name, einsum }: Layer, shrink: number | null): LegalMapping {
  const extents = [...einsum.bounds];
  const { variables } = einsum;
  const nodes: MappingNode[] = [];
  const tensors = einsum.tensors.map((t) => t.name);
  const by = (variable: string, most: number): number => {
    const v = variables.indexOf(variable);
    const extent = extents[v] ?? 1;
    const tile =
      shrink === null
        ? Math.max(...divisorsOf(extent).filter((d) => d <= most))
        : Math.max(1, Math.min(most, Math.floor(extent * shrink)));
    extents[v] = tile;
    return tile;
  };
  const temporal = (most: Readonly<Record<string, number>>): void => {
    for (const variable of variables) nodes.push({ kind: "for", variable, by: by(variable, most[variable] ?? 1) });
  };
  nodes.push({ kind: "keep", tensors, level: "DRAM" });
  temporal({ n: 1, m: 64, c: 8, p: 14, q: 28, r: 3, s: 3 });
  nodes.push({ kind: "keep", tensors, level: "GLB" });
  temporal({ n: 1, m: 24, c: 2, p: 14, q: 4, r: 3, s: 3 });
  nodes.push({ kind: "spatial", variable: "p", by: by("p", 1), axis: "x", fanout: "PEs" });
  nodes.push({ kind: "spatial", variable: "m", by: by("m", 4), axis: "y", fanout: "PEs" });
  nodes.push({ kind: "keep", tensors, level: "PE" });
  temporal({});
  const legal = checkLegality({ nodes }, { name, einsum, kind: "conv", repeat: 1 }, arch);
  if (!legal.ok) throw new Error(legal.errors.map((error) => error.message).join("; "));
  return legal.value;
}

/** Perfect factors, at random; whether they fit is the mapper's business, the work is the same. */
function randomFactors(source: Random): readonly number[] {
  const loops = structure.nodes.filter((node) => node.kind !== "keep");
  const left = [...structure.layer.einsum.bounds];
  const last = new Map(loops.map((loop, i) => [loop.variable, i]));
  return loops.map(({ variable }, i) => {
    const extent = left[variable] ?? 1;
    const factor = last.get(variable) === i ? extent : source.pick(divisorsOf(extent));
    left[variable] = extent / factor;
    return factor;
  });
}
