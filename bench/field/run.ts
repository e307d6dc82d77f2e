import type { Architecture } from "../../arch-specs/index.js";
import { checkLegality, importTimeloop, parseDataflow } from "../../mappings/index.js";
import { ratio, short } from "../../reports/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { builtInWorkload, type Layer, parseInlineLayer } from "../../workloads/index.js";
import { against, architectureIn, type Job, proofOf, readBench, run, unwrapped } from "../search.js";
import { NEUTRAL, TIMELOOP } from "./peers.js";

/** A table of the document: a heading and rows. */
export interface Section {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function inlineLayer(spec: string): Layer {
  const [layer] = unwrapped(parseInlineLayer(spec)).layers;
  if (layer === undefined) throw new Error(spec);
  return layer;
}

/** In which each layer is searched: spatial loops as AccelForge has them or free, tiles that divide their extent or any. */
const WAYS = [
  { isFree: false, imperfect: false },
  { isFree: true, imperfect: false },
  { isFree: true, imperfect: true },
] as const;

/** neutral-ws under AccelForge's conventions: beside its answers and the exhaustive optima. */
export function accelforge(limit: number, tell: (line: string) => void): Section {
  const architecture = architectureIn("field/neutral-ws.yaml");
  const dataflow = unwrapped(parseDataflow(readBench("field/c-on-y-m-on-x.yaml"), "c-on-y-m-on-x.yaml"));
  const rows = NEUTRAL.flatMap((peer) =>
    WAYS.map(({ isFree, imperfect }) => {
      const flow = isFree ? null : dataflow;
      const job: Job = {
        ...{ name: peer.name, layer: inlineLayer(peer.layer), architecture, dataflow: flow },
        ...{ objective: peer.objective, conventions: "accelforge", imperfect },
      };
      const found = run(job, limit);
      const tiles = imperfect ? "any" : "perfect";
      tell(
        `neutral-ws ${peer.name} ${peer.objective} ${flow?.name ?? "any"}, ${tiles} tiles: ${short(found.value)} in ${found.cpuSeconds.toFixed(1)} s`,
      );
      return [
        ...[peer.name, peer.objective, flow?.name ?? "free", tiles, short(peer.accelforge)],
        ...[peer.exhaustive === null ? "" : short(peer.exhaustive), short(found.value)],
        ...[
          peer.exhaustive === null ? "" : against(found.value, peer.exhaustive),
          against(found.value, peer.accelforge),
        ],
        ...[proofOf(found), found.cpuSeconds.toFixed(1), found.mapspace],
      ];
    }),
  );
  const heading = [
    "layer",
    "objective",
    "spatial loops",
    "tiles",
    "AccelForge",
    "exhaustive",
    "ours",
    "ours to exhaustive",
    "ours to AccelForge",
  ];
  return { heading: [...heading, "proof", "CPU s", "mapspace"], rows };
}

/** The Eyeriss-like files given to timeloop-mapper, their constraints included, priced by Timeloop's conventions. */
export function timeloop(limit: number, tell: (line: string) => void): Section {
  const rows = TIMELOOP.map(({ name, folder }) => {
    const files = ["architecture.yaml", "constraints.yaml", "problem.yaml", "ERT.yaml", "mapping.yaml"].map((file) => ({
      name: file,
      text: readBench(`field/timeloop/${folder}/${file}`),
    }));
    const { architecture: read, layer, dataflow, mapping } = unwrapped(importTimeloop(files));
    const architecture = read === null ? null : fromDram(read);
    if (architecture === null || layer === null || mapping === null) throw new Error(`${folder} lacks a part`);
    const theirs = evaluateUnder(
      unwrapped(checkLegality(mapping, layer, architecture, { conventions: "timeloop" })),
      "timeloop",
      { linkTransfers: false },
    );
    const found = run({ name, layer, architecture, dataflow, objective: "edp", conventions: "timeloop" }, limit);
    tell(`timeloop ${name}: ${short(found.value)} in ${found.cpuSeconds.toFixed(1)} s`);
    return [
      ...[
        name,
        short(theirs.edp),
        short(found.value),
        against(found.value, theirs.edp),
        ratio(theirs.edp / found.value),
      ],
      ...[proofOf(found), found.cpuSeconds.toFixed(1), found.mapspace],
    ];
  });
  const heading = [
    "layer",
    "timeloop-mapper, pJ·cycle",
    "ours",
    "ours to theirs",
    "theirs over ours",
    "proof",
    "CPU s",
    "mapspace",
  ];
  return { heading, rows };
}

/** In Timeloop's mapspace every tensor comes from the outermost storage, whatever its constraints say. */
function fromDram(architecture: Architecture): Architecture {
  const [outermost] = architecture.levels;
  if (outermost?.kind !== "storage") throw new Error("no storage above all");
  return { ...architecture, levels: architecture.levels.with(0, { ...outermost, keeps: "all", mayKeep: new Set() }) };
}

/** The convolutions of a built-in network, each shape once. */
export function convolutionsOf(name: string): readonly Layer[] {
  return (builtInWorkload(name)?.layers ?? []).filter(({ kind }) => kind === "conv");
}
