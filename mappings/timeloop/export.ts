import { type Architecture, holds } from "../../arch-specs/index.js";
import { ceilDiv, type Diagnostic, failed, ok, type Result } from "../../base/index.js";
import type { LegalMapping, ResolvedNode } from "../mapping.js";
import { levelAt } from "../tensors.js";
import type { TimeloopFile } from "./documents.js";
import { layOut, plainName, type Stage } from "./export-nest.js";
import { dimensionsOf, problemText, problemTroubles } from "./export-problem.js";
import { sharingBelow } from "./export-shape.js";

/** The files for timeloop-model, and what it will not see. */
export interface TimeloopExport {
  /** `arch.yaml`, `problem.yaml`, `mapping.yaml`, `ert.yaml`. */
  readonly files: readonly TimeloopFile[];
  readonly notes: readonly string[];
}
type Loop = Exclude<ResolvedNode, { kind: "keep" }>;

/**
 * Writes architecture, layer and mapping as v0.4 files that timeloop-model takes as they are. A mapping that Timeloop has
 * no words for is refused, with every reason.
 */
export function exportTimeloop(mapping: LegalMapping): Result<TimeloopExport> {
  const { layer, architecture } = mapping;
  const { stages, troubles } = layOut(mapping);
  const reasons = [
    ...troubles,
    ...(troubles.length > 0 ? [] : imperfections(mapping, stages)),
    ...(architecture.levels[0]?.kind === "storage" ? [] : ["the outermost level is no storage"]),
  ];
  const errors = [
    ...problemTroubles(layer),
    ...reasons.map(
      (message): Diagnostic => ({ code: "timeloop/not-expressible", message, at: { file: "mapping", path: "" } }),
    ),
  ];
  if (errors.length > 0) return failed(errors);
  const dimensions = dimensionsOf(layer.einsum.variables);
  return ok({
    files: [
      { name: "arch.yaml", text: architectureText(architecture, stages) },
      { name: "problem.yaml", text: problemText(layer, dimensions) },
      { name: "mapping.yaml", text: mappingText(mapping, stages, dimensions) },
      { name: "ert.yaml", text: tableText(architecture, stages) },
    ],
    notes: notesOn(architecture),
  });
}

/** Timeloop tiles by products of iterations, and cuts spatial remainders off. */
function imperfections(mapping: LegalMapping, stages: readonly Stage[]): readonly string[] {
  const loops = stages.flatMap(({ temporal, spatial }) => [...temporal, ...spatial]);
  const reasons = new Set<string>();
  loops.forEach((loop, i) => {
    const variable = mapping.layer.einsum.variables[loop.variable] ?? "";
    const inside = loops.slice(i + 1).filter((other) => other.variable === loop.variable);
    const product = inside.reduce((n, other) => n * ceilDiv(other.extent, other.by), 1);
    if (product !== loop.by)
      reasons.add(`a loop over ${variable} has tiles of ${loop.by}, inside which the loops make ${product} iterations`);
    const last = remainders(mapping, loop.variable, loops);
    const isPerfect = [...last].every(([other, iterations]) => iterations === ceilDiv(other.extent, other.by));
    if (loop.kind === "spatial" && !isPerfect)
      reasons.add(
        `the tiles of ${variable}, which is spread over instances, have a remainder, which Timeloop cuts off`,
      );
  });
  return [...reasons];
}

/** The iterations of each loop of a variable at its very last visit. */
function remainders({ layer }: LegalMapping, variable: number, loops: readonly Loop[]): ReadonlyMap<Loop, number> {
  const last = new Map<Loop, number>();
  let extent = layer.einsum.bounds[variable] ?? 1;
  for (const loop of loops) {
    if (loop.variable !== variable) continue;
    const iterations = ceilDiv(extent, loop.by);
    last.set(loop, iterations);
    extent -= (iterations - 1) * loop.by;
  }
  return last;
}

function architectureText(architecture: Architecture, stages: readonly Stage[]): string {
  const compute = levelAt(architecture, architecture.levels.length - 1);
  const mesh = architecture.levels.reduce(
    (m, level) => (level.kind === "fanout" ? { x: m.x * level.x, y: m.y * level.y } : m),
    { x: 1, y: 1 },
  );
  const local = stages.map((stage) =>
    component(stage.name, classOf(stage), stage.meshX, stage.meshY, attributesOf(stage)),
  );
  local.push(component(plainName(compute.name), "intmac", mesh.x, mesh.y, ["datawidth: 16"]));
  const seconds = 1 / architecture.clockHz;
  return [
    "architecture:",
    "  version: '0.4'",
    "  subtree:",
    "  - name: system",
    `    attributes: {global_cycle_seconds: ${seconds}}`,
    "    local:",
    ...local,
    "",
  ].join("\n");
}

const classOf = ({ level, capacity }: Stage): string =>
  level === null ? "dummy_storage" : capacity === null ? "DRAM" : "SRAM";

function component(name: string, kind: string, x: number, y: number, attributes: readonly string[]): string {
  const mesh = [`meshX: ${x}`, `meshY: ${y}`];
  return `    - {name: "${name}[1..${x * y}]", class: ${kind}, attributes: {${[...mesh, ...attributes].join(", ")}}}`;
}

function attributesOf({ level, capacity }: Stage): readonly string[] {
  if (level === null) return ["datawidth: 1", "width: 1", "depth: 1"];
  const { wordBits, block, bandwidth, buffering } = level;
  const attributes = [`datawidth: ${wordBits}`, `width: ${wordBits * block}`];
  if (capacity !== null)
    attributes.push(
      capacity % block === 0 && capacity > 0
        ? `depth: ${capacity / block}`
        : `entries: ${Math.max(1, Math.floor(capacity))}`,
    );
  for (const port of ["read", "write", "shared"] as const)
    if (bandwidth[port] !== Infinity) attributes.push(`${port}_bandwidth: ${bandwidth[port]}`);
  if (buffering === "double") attributes.push("multiple_buffering: 2");
  return attributes;
}

function mappingText(
  { layer, architecture }: LegalMapping,
  stages: readonly Stage[],
  dimensions: readonly string[],
): string {
  const { tensors } = layer.einsum;
  const all = stages.flatMap(({ temporal, spatial }) => [...temporal, ...spatial]);
  const last = dimensions.map((_, variable) => remainders({ layer } as LegalMapping, variable, all));
  const factor = (loops: readonly Loop[], dimension: string, variable: number): string => {
    const loop = loops.find((l) => l.variable === variable);
    if (loop === undefined) return `${dimension}=1`;
    const end = ceilDiv(loop.extent, loop.by);
    const residual = last[variable]?.get(loop) ?? end;
    return residual === end ? `${dimension}=${end}` : `${dimension}=${end},${residual}`;
  };
  const line = (target: string, type: string, loops: readonly Loop[], rest: string): string => {
    const factors = dimensions.map((dimension, variable) => factor(loops, dimension, variable)).join(" ");
    return `- {target: ${target}, type: ${type}, factors: "${factors}", permutation: ${orderOf(loops, dimensions)}${rest}}`;
  };
  const lines = stages.flatMap((stage, i) => {
    const { name, temporal, spatial, keep } = stage;
    const names = (wanted: boolean): string =>
      tensors.flatMap((t, number) => (keep.has(number) === wanted ? [t.name] : [])).join(", ");
    const result = [
      `- {target: ${name}, type: bypass, keep: [${names(true)}], bypass: [${names(false)}]}`,
      line(name, "temporal", temporal, ""),
    ];
    if (!spreads(stages, i, architecture)) return result;
    const alongX = spatial.filter((loop) => loop.kind === "spatial" && loop.axis === "x");
    const alongY = spatial.filter((loop) => loop.kind === "spatial" && loop.axis === "y");
    const limits = limitsOf(stage, i, stages, layer, architecture);
    // Read outermost first, y stands outside x; a permutation is written innermost first.
    result.push(line(name, "spatial", [...alongY, ...alongX], `, split: ${alongX.length}${limits}`));
    return result;
  });
  return `mapping:\n${lines.join("\n")}\n`;
}

/** Innermost first, dimensions without a loop last. */
function orderOf(loops: readonly Loop[], dimensions: readonly string[]): string {
  const inner = [...loops].reverse().map((loop) => dimensions[loop.variable] ?? "");
  return JSON.stringify([...inner, ...dimensions.filter((d) => !inner.includes(d))].join(""));
}

/** Whether there is more than one instance of what comes next under one of the stage. */
function spreads(stages: readonly Stage[], i: number, architecture: Architecture): boolean {
  const stage = stages[i];
  const next = stages[i + 1];
  const all = architecture.levels.reduce((n, level) => (level.kind === "fanout" ? n * level.x * level.y : n), 1);
  const below = next === undefined ? all : next.meshX * next.meshY;
  return stage !== undefined && below > stage.meshX * stage.meshY;
}

/** Tensors that are not shared, or not passed on by neighbours, below the stage. */
function limitsOf(
  stage: Stage,
  i: number,
  stages: readonly Stage[],
  { einsum }: LegalMapping["layer"],
  architecture: Architecture,
): string {
  const unshared = einsum.tensors
    .filter((t) => sharingBelow(stage.spatial, stage.fanout, t, architecture) === "none")
    .map((t) => t.name);
  const fanout = stage.fanout ?? fanoutBelow(stages, i, architecture);
  const level = fanout === null ? null : levelAt(architecture, fanout);
  const unlinked = einsum.tensors
    .filter((t) => level?.kind === "fanout" && !holds(level.links.x, t) && !holds(level.links.y, t))
    .map((t) => t.name);
  const list = (key: string, names: readonly string[]): string =>
    names.length === 0 ? "" : `, ${key}: [${names.join(", ")}]`;
  return `${list("no_multicast_no_reduction", unshared)}${list("no_link_transfer", unlinked)}`;
}

/** A fan-out without loops: told by the mesh that the stage stands in. */
function fanoutBelow(stages: readonly Stage[], i: number, architecture: Architecture): number | null {
  let [x, y] = [1, 1];
  for (const [index, level] of architecture.levels.entries()) {
    if (level.kind !== "fanout") continue;
    if (x === stages[i]?.meshX && y === stages[i]?.meshY && level.x * level.y > 1) return index;
    x *= level.x;
    y *= level.y;
  }
  return null;
}

function tableText(architecture: Architecture, stages: readonly Stage[]): string {
  const tables = stages.flatMap(({ name, level }) => {
    if (level === null) return [];
    const { read, write, update, leak } = level.energy;
    return [table(name, { read, write, update, leak })];
  });
  const compute = levelAt(architecture, architecture.levels.length - 1);
  if (compute.kind === "compute")
    tables.push(table(plainName(compute.name), { compute: compute.energy, leak: compute.leak }));
  return `ERT:\n  version: '0.4'\n  tables:\n${tables.join("\n")}\n`;
}

function table(name: string, actions: Readonly<Record<string, number>>): string {
  const entries = Object.entries(actions).map(
    ([action, energy]) => `{name: ${action}, arguments: {}, energy: ${energy}}`,
  );
  return `  - {name: system.${name}, actions: [${entries.join(", ")}]}`;
}

function notesOn(architecture: Architecture): readonly string[] {
  const notes: string[] = [];
  for (const level of architecture.levels) {
    if (level.kind === "fanout" && level.hopEnergy > 0)
      notes.push(`the hop energy of ${level.name} is left out: Timeloop prices networks by tables of its own`);
    if (level.kind === "fanout" && holds(level.links.x, ANY) !== holds(level.links.y, ANY))
      notes.push(`${level.name} has neighbour links along one axis only; Timeloop has them along both`);
    if (level.kind === "storage" && level.reuse !== "slide")
      notes.push(`${level.name} has reuse: ${level.reuse}; Timeloop's buffers slide`);
    if (level.kind === "compute" && level.operationsPerCycle !== 1)
      notes.push(`${level.name} does ${level.operationsPerCycle} operations a cycle; Timeloop's do one`);
  }
  return notes;
}
const ANY = { name: "", alias: "" };
