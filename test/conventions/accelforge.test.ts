import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Architecture, parseArchitecture } from "../../arch-specs/index.js";
import { format, type Result } from "../../base/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../../mappings/index.js";
import { evaluateAsAccelforge } from "../../sim/conventions/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";

/** The array of the recorded cases, 8-bit words; energies there are a bit, here a word. */
const NEUTRAL_WS = `name: neutral-ws
source: AccelForge's neutral_ws.yaml
clock: 1 GHz
levels:
  - {storage: DRAM, word: 8 bit, keeps: all, energy: {read: 200 pJ, write: 200 pJ}, bandwidth: {shared: 16 word/cycle}}
  - storage: GLB
    capacity: 128 KiB
    keeps: [Inputs, Outputs]
    mayKeep: [Weights]
    energy: {read: 6 pJ, write: 6 pJ}
    bandwidth: {shared: 64 word/cycle}
  - {fanout: PEs, x: 16, y: 16, multicast: {x: [Inputs], y: []}, reduction: {x: [], y: [Outputs]}}
  - {storage: RF, capacity: 16 byte, keeps: [Weights], energy: {read: 1 pJ, write: 1 pJ}}
  - {compute: MAC, energy: 1 pJ}
`;
const TENSORS: Readonly<Record<string, string>> = { I: "Inputs", F: "Weights", O: "Outputs" };

interface Case {
  readonly case: string;
  readonly dims: Readonly<Record<string, number>>;
  readonly stride: number;
  readonly bits: number;
  readonly energy_J_or_units: number;
  readonly latency_s_or_cycles: number;
  readonly loop_nest_outer_to_inner: readonly string[];
  readonly actions_per_level_tensor: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
  >;
  readonly energy_breakdown: Readonly<Record<string, number>>;
  readonly latency_breakdown: Readonly<Record<string, number>>;
}
const file = join(dirname(fileURLToPath(import.meta.url)), "../../../test/oracles/accelforge/cases.json");
const cases: readonly Case[] = JSON.parse(readFileSync(file, "utf8"));

describe("AccelForge's conventions", () => {
  for (const recorded of cases)
    it(`give its actions, energies and cycles for ${recorded.case}`, () => {
      const { legal, names } = legalFrom(recorded);
      const { energy, cycles, levels, compute } = evaluateAsAccelforge(legal);
      expect(energy).to.equal(recorded.energy_J_or_units);
      expect(cycles).to.equal(recorded.latency_s_or_cycles);
      for (const level of levels) {
        const name = names[level.level] ?? "";
        expect(level.cycles, name).to.equal(recorded.latency_breakdown[name]);
        for (const tensor of level.tensors) {
          const key =
            Object.keys(TENSORS).find((k) => TENSORS[k] === legal.layer.einsum.tensors[tensor.tensor]?.name) ?? "";
          const actions = recorded.actions_per_level_tensor[name]?.[key];
          const read = (tensor.reads + tensor.drains) * recorded.bits;
          const write = (tensor.fills + tensor.updates) * recorded.bits;
          expect([read, write], `${name} ${key}`).to.deep.equal([actions?.["read"] ?? 0, actions?.["write"] ?? 0]);
          const priced = (action: string): number => recorded.energy_breakdown[`${name}<SEP>${key}<SEP>${action}`] ?? 0;
          expect(tensor.energy, `${name} ${key}`).to.equal(priced("read") + priced("write"));
        }
      }
      expect(compute.energy).to.equal(recorded.energy_breakdown["MAC<SEP>None<SEP>compute"]);
    });
});

function legalFrom(recorded: Case): { readonly legal: LegalMapping; readonly names: readonly string[] } {
  const architecture: Architecture = right(parseArchitecture(NEUTRAL_WS, "neutral-ws.yaml"));
  const dims = Object.entries(recorded.dims).map(([name, bound]) => `${name}=${bound}`);
  const workload = right(parseInlineLayer(`conv:N=1,${dims.join(",")},U=${recorded.stride},Z=0`));
  const layer = workload.layers[0] as Layer;
  const nodes = recorded.loop_nest_outer_to_inner.flatMap(nodeOf);
  const legal = right(checkLegality({ nodes }, layer, architecture, { conventions: "accelforge" }));
  return { legal, names: architecture.levels.map((level) => level.name) };
}

/** `[I,F in GLB]`, `T-m in [0..8) shape=16`, `S-Y-c in [0..16) shape=1`. */
function nodeOf(text: string): readonly MappingNode[] {
  const keep = /^\[(.*) in (\w+)\]$/.exec(text);
  if (keep !== null)
    return [
      { kind: "keep", tensors: (keep[1] ?? "").split(",").map((name) => TENSORS[name] ?? ""), level: keep[2] ?? "" },
    ];
  const loop = /^(?:T|S-([XY]))-(\w) in \[0\.\.\d+\) shape=(\d+)$/.exec(text);
  if (loop === null) return [];
  const [variable, by] = [loop[2] ?? "", Number(loop[3])];
  if (loop[1] === undefined) return [{ kind: "for", variable, by }];
  return [{ kind: "spatial", variable, by, axis: loop[1] === "X" ? "x" : "y", fanout: "PEs" }];
}

function right<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.errors.map(format).join("\n"));
}
