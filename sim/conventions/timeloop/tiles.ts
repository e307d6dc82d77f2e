import type { LegalMapping } from "../../../mappings/index.js";
import { volumeOf } from "./boxes.js";
import { boxOf, type Stage, stagesOf } from "./nest.js";
import { type Demand, demandOn } from "./walk.js";

/** What timeloop-model prints for one tensor at one level, words of one instance. */
export interface TileFigures {
  /** Index into `architecture.levels`. */
  readonly level: number;
  /** Words of the largest tile ("utilized capacity"). */
  readonly tileWords: number;
  /** Words of the tensor that are this instance's share ("partition size"). */
  readonly partitionWords: number;
  readonly instances: number;
  readonly reads: number;
  readonly fills: number;
  readonly updates: number;
}

export interface TileOptions {
  readonly links: boolean;
  readonly isImperfect: boolean;
  readonly updatedRmw: boolean;
}

/** What a stage that keeps the tensor is asked for and given, words of one instance, fractions where instances differ. */
interface Traffic {
  /** Asked for from below. */
  readonly demand: number;
  /** The stage's share of what its parent gives, 0 at the backing store. */
  readonly share: number;
  /** Passed on by, and to, neighbours. */
  readonly peer: number;
  readonly partition: number;
  /** 0: the backing store. */
  readonly depth: number;
}

/** One tensor at every level that keeps it, outermost first. */
export function tilesOf(mapping: LegalMapping, number: number, options: TileOptions): readonly TileFigures[] {
  const tensor = mapping.layer.einsum.tensors[number];
  if (tensor === undefined) throw new Error(`no tensor ${number}`);
  const { stages, body } = stagesOf(mapping, number);
  const sizes = stages.map(({ ranges }) => volumeOf(boxOf(tensor, ranges.full)));
  const demands = stages.map((stage, k): Demand => {
    const above = stages.slice(0, k + 1).flatMap(({ loops }) => loops);
    return demandOn(stage, above, stages[k + 1]?.ranges ?? body, tensor, k === stages.length - 1, options);
  });
  const partitions = partitionsOf(stages, sizes);
  const { accesses, linked } = masked(stages, demands);
  const accessesAt = tensor.role === "input" ? ofInput : options.updatedRmw ? ofOutputUpdatedRmw : ofOutput;
  const figures: TileFigures[] = [];
  stages.forEach((stage, k) => {
    if (stage.level === null) return;
    const depth = figures.length;
    const partition = partitions[k] ?? 0;
    const share = depth === 0 ? 0 : (demands[k - 1]?.served ?? 0) / fanoutOf(stages[k - 1]);
    const peer = (linked[k - 1] ?? 0) / stage.replication;
    const traffic = { demand: accesses[k] ?? 0, share, peer, partition, depth };
    const { reads, fills, updates } = accessesAt(traffic);
    figures.push({
      level: stage.level,
      tileWords: sizes[k] ?? 0,
      partitionWords: partition,
      instances: stage.replication,
      reads: Math.round(reads),
      fills: Math.round(fills),
      updates: Math.round(updates),
    });
  });
  return figures;
}

type Accesses = Pick<TileFigures, "reads" | "fills" | "updates">;

const ofInput = ({ demand, share, peer }: Traffic): Accesses => ({
  reads: demand + peer,
  fills: share + peer,
  updates: 0,
});

/** The first touch of a word reads nothing and fills nothing; an instance's words are its partition. */
const ofOutput = ({ demand, share, peer, partition, depth }: Traffic): Accesses => ({
  reads: demand + peer - partition,
  fills: share + peer - (depth === 0 ? 0 : partition),
  updates: demand,
});

/** Only the outermost level cannot reduce: the next one in reads what leaves it, and fills it again, on its behalf. */
function ofOutputUpdatedRmw({ demand, share, peer, partition, depth }: Traffic): Accesses {
  const tax = depth === 1 ? share - partition : 0;
  const passed = peer > 0 ? peer - partition : 0;
  return { reads: demand - share + tax + passed, fills: tax, updates: demand + peer };
}

const fanoutOf = (stage: Stage | undefined): number => stage?.spread?.instances.length ?? 1;

/** The share of the tensor that an instance of each stage owns. */
function partitionsOf(stages: readonly Stage[], sizes: readonly number[]): readonly number[] {
  const partitions: number[] = [];
  stages.forEach((_, k) => {
    const above = stages[k - 1];
    const size = sizes[k] ?? 0;
    const covered = above === undefined || above.spread === null ? size : above.spreadWords;
    partitions.push(k === 0 ? size : Math.floor(((partitions[k - 1] ?? 0) * size) / covered));
  });
  return partitions;
}

/** What is asked of a stage where the tensor is not stored is asked, as often, of the next one out. */
function masked(
  stages: readonly Stage[],
  demands: readonly Demand[],
): { readonly accesses: readonly number[]; readonly linked: readonly number[] } {
  const accesses = demands.map((demand) => demand.accesses);
  const linked = demands.map((demand) => demand.linked);
  for (let k = stages.length - 1; k > 0; k--) {
    if (stages[k]?.level !== null) continue;
    const outer = demands[k - 1];
    const wanted = (accesses[k] ?? 0) * fanoutOf(stages[k - 1]);
    accesses[k - 1] = (outer?.accesses ?? 0) * (wanted / (outer?.served ?? 1));
    linked[k - 1] = 0;
    accesses[k] = 0;
  }
  return { accesses, linked };
}
