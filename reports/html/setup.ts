import { type Architecture, type Capacity, instancesOf, type Level, type VectorUnit } from "../../arch-specs/index.js";
import { areaText, count, short } from "../numbers.js";
import { type Cell, escaped, tableHtml } from "./elements.js";
import { architectureOf, type Study } from "./study.js";

/** What was computed on: each architecture with every figure that counts were priced with, and where the figures come from. */
export function setupHtml(study: Study): string {
  return study.architectures
    .flatMap((name) => architectureOf(study, name) ?? [])
    .map((architecture) => {
      const { vector } = architecture;
      const levels = architecture.levels.map((level, i) => rowOf(architecture, level, i));
      const rows = vector === undefined ? levels : [...levels, vectorRow(vector)];
      const sources = sourcesOf(architecture);
      const table = tableHtml({
        caption: `The levels of ${architecture.name}`,
        head: [
          "level",
          "instances",
          "capacity [words]",
          "word [bit]",
          "words a cycle",
          "pJ an access or operation",
          "leakage [pJ/cycle]",
          "area of one",
        ],
        rows,
        texts: [5],
      });
      const clock = `Clock ${short(architecture.clockHz / 1e6)} MHz.`;
      return `<h3>${escaped(architecture.name)}</h3><p class="note">${escaped(architecture.source === "" ? clock : `${architecture.source}. ${clock}`)}</p>${table}${sources}`;
    })
    .join("\n");
}

function rowOf(architecture: Architecture, level: Level, index: number): readonly Cell[] {
  const instances = instancesOf(architecture, index);
  switch (level.kind) {
    case "storage":
      return [
        level.name,
        ...[count(instances), capacityText(level.capacity), String(level.wordBits), rateText(level.bandwidth)],
        ...[energiesText(level.energy, level.block), orNothing(level.energy.leak), areaOrNothing(level.area)],
      ];
    case "fanout":
      return [
        level.name,
        `${level.x} × ${level.y}`,
        "",
        "",
        "",
        `hop ${orNothing(level.hopEnergy)}`,
        orNothing(level.leak),
        areaOrNothing(level.area),
      ];
    case "compute":
      return [
        ...[
          level.name,
          count(instances),
          "",
          "",
          `${short(level.operationsPerCycle)} ${level.operationsPerCycle === 1 ? "operation" : "operations"}`,
        ],
        ...[`operation ${short(level.energy)}`, orNothing(level.leak), areaOrNothing(level.area)],
      ];
  }
}

function vectorRow({ name, lanes, energy, leak, area }: VectorUnit): readonly Cell[] {
  const energies = `operation ${short(energy.operation)}, activation ${short(energy.activation)}`;
  return [
    `${name} (vector unit)`,
    `${count(lanes)} lanes`,
    "",
    "",
    "1 operation",
    energies,
    orNothing(leak),
    areaOrNothing(area),
  ];
}

const areaOrNothing = (um2: number): string => (um2 === 0 ? "–" : areaText(um2));
const orNothing = (x: number): string => (x === 0 ? "–" : short(x));

function capacityText(capacity: Capacity): string {
  if (capacity.kind === "per-tensor")
    return [...capacity.words].map(([name, words]) => `${name} ${count(words)}`).join(", ");
  return Number.isFinite(capacity.words) ? count(capacity.words) : "no limit";
}

function rateText(rates: Readonly<Record<"read" | "write" | "shared", number>>): string {
  const limits = (["shared", "read", "write"] as const).filter((port) => Number.isFinite(rates[port]));
  if (limits.length === 0) return "no limit";
  return limits.map((port) => `${short(rates[port])}${port === "shared" ? "" : ` ${port}`}`).join(", ");
}

function energiesText(
  { read, write, update }: Readonly<Record<"read" | "write" | "update", number>>,
  block: number,
): string {
  const figures = [
    `read ${short(read)}`,
    `write ${short(write)}`,
    ...(update === write ? [] : [`update ${short(update)}`]),
  ];
  return `${figures.join(", ")}${block === 1 ? "" : ` (${block} words)`}`;
}

/** Where the estimators' figures come from. */
function sourcesOf({ levels, vector }: Architecture): string {
  const told = [...levels, ...(vector === undefined ? [] : [vector])].flatMap(({ name, component }) => {
    const sources = new Set(component?.estimated.values() ?? []);
    return sources.size === 0
      ? []
      : [`<li>${escaped(name)} (${escaped(component?.class ?? "")}): ${[...sources].map(escaped).join("; ")}</li>`];
  });
  return told.length === 0
    ? ""
    : `<details><summary>Sources of the figures</summary><ul class="note">${told.join("")}</ul></details>`;
}
