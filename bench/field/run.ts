import type { Architecture } from "../../arch-specs/index.js";
import { checkLegality, importTimeloop, parseDataflow } from "../../mappings/index.js";
import { percent, ratio, short } from "../../reports/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { builtInWorkload, type Layer, parseInlineLayer, parseWorkload } from "../../workloads/index.js";
import { architectureIn, builtIn, type Job, type Run, readBench, run, unwrapped } from "../search.js";
import { NEUTRAL, NN_DATAFLOW, TIMELOOP } from "./peers.js";

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

/** How far a value is from another: `same`, `2.1 % above`. */
function against(ours: number, theirs: number): string {
  if (Number.isNaN(ours)) return "";
  if (Math.abs(ours / theirs - 1) < 1e-9) return "same";
  return ours > theirs ? `${percent(ours / theirs - 1)} above` : `${percent(1 - ours / theirs)} below`;
}

const proofOf = ({ status, gap }: Run): string => (status === "gap" ? `gap ${percent(gap)}` : status);

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

/** AlexNet, batch 16, on the hardware of the ISCA 2016 paper: beside the best schedule of nn_dataflow. */
export function nnDataflow(limit: number, tell: (line: string) => void): Section {
  const architecture = builtIn("eyeriss-isca16");
  const workload = unwrapped(parseWorkload(readBench("field/alexnet-b16.yaml"), "alexnet-b16.yaml"));
  let [ours, theirs, seconds] = [0, 0, 0];
  const rows = workload.layers.map((layer) => {
    const peer = NN_DATAFLOW.get(layer.name) ?? Number.NaN;
    const found = run(
      { name: layer.name, layer, architecture, dataflow: null, objective: "energy", conventions: "loopwright" },
      limit,
    );
    tell(`nn_dataflow ${layer.name}: ${short(found.value)} in ${found.cpuSeconds.toFixed(1)} s`);
    ours += found.value;
    theirs += peer;
    seconds += found.cpuSeconds;
    const figures = [short(peer), short(found.value), against(found.value, peer)];
    return [layer.name, ...figures, proofOf(found), found.cpuSeconds.toFixed(1), found.mapspace];
  });
  const total = ["total", short(theirs), short(ours), against(ours, theirs), "", seconds.toFixed(1), ""];
  return {
    heading: ["layer", "nn_dataflow, MAC energies", "ours", "ours to theirs", "proof", "CPU s", "mapspace"],
    rows: [...rows, total],
  };
}

/** The convolutions of a built-in network, each shape once. */
export function convolutionsOf(name: string): readonly Layer[] {
  return (builtInWorkload(name)?.layers ?? []).filter(({ kind }) => kind === "conv");
}
