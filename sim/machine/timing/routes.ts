/** The ports, and the ways that tiles take through them: what of a mapping and its architecture never changes over a run. */
import type { ComputeLevel, TensorSet } from "../../../arch-specs/index.js";
import type { Tensor } from "../../../workloads/index.js";
import { at, type Crossing, crossingsOf, type Nest, type Stage, stagesOf, storageAt } from "../nest.js";
import { ticksPerCycle, ticksPerWord } from "./clock.js";
import type { PortKind } from "./timing.js";

/** A port of (every instance of) a level; only those whose bandwidth is limited are ports at all. */
export interface Port {
  readonly index: number;
  readonly level: number;
  readonly kind: PortKind;
  readonly ticksPerWord: number;
}

/** A place on the way of a tile: which of the words counted on the way pass it, through which ports, how long after the request. */
export interface Stop {
  /** Index into the words of a move (see `Moves`). */
  readonly words: number;
  readonly ports: readonly Port[];
  /** Ticks from the request to the first word here. */
  readonly latency: number;
}

/** A way between two places, in the order in which words pass its stops. */
export interface Way {
  readonly stops: readonly Stop[];
  /** Ticks from the request to the first word at the end. */
  readonly latency: number;
  /** The fan-outs that are crossed, in this order. */
  readonly crossings: readonly Crossing[];
}

/** A keep node of a tensor: where its tiles stand. */
export interface Place {
  readonly index: number;
  readonly stage: Stage;
  /** The place above; −1: none, it is a backing store. */
  readonly parent: number;
  /** The place below; −1: compute. */
  readonly child: number;
  readonly isOutput: boolean;
  readonly isDouble: boolean;
  /** From the parent to here, and back. */
  readonly down: Way;
  readonly up: Way;
}

/** How compute reaches a tensor's innermost place. */
export interface Operand {
  readonly place: number;
  readonly isOutput: boolean;
  /** Words that go to compute (operands, old values), and that come from it. */
  readonly down: Way;
  readonly up: Way;
}

export interface Routes {
  readonly ticksPerCycle: number;
  readonly ticksPerStep: number;
  /** From the last operand's way through the pipeline to the result's place, in ticks. */
  readonly pipeline: number;
  readonly ports: readonly Port[];
  /** Tensor by tensor, outermost first. */
  readonly places: readonly Place[];
  /** One a tensor. */
  readonly operands: readonly Operand[];
}

export function routesOf(nest: Nest): Routes {
  const { mapping, einsum } = nest;
  const compute = computeOf(nest);
  const ticks = ticksPerCycle([compute.operationsPerCycle, ...ratesOf(nest)]);
  const ports = portsOf(nest, ticks);
  const places: Place[] = [];
  const operands: Operand[] = [];
  for (const [t, tensor] of einsum.tensors.entries()) {
    const isOutput = tensor.role === "output";
    const stages = stagesOf(mapping, t);
    const wayOf = (direction: "down" | "up", i: number): Way =>
      i === 0 ? NOWHERE : wayBetween(nest, ports, ticks, direction, at(stages, i - 1), at(stages, i));
    for (const [i, stage] of stages.slice(0, -1).entries()) {
      const index = places.length;
      places.push({
        ...{ index, stage, isOutput },
        parent: i === 0 ? -1 : index - 1,
        child: i === stages.length - 2 ? -1 : index + 1,
        isDouble: storageAt(mapping, stage.level).buffering === "double",
        ...{ down: wayOf("down", i), up: wayOf("up", i) },
      });
    }
    const last = stages.length - 1;
    operands.push({ place: places.length - 1, isOutput, down: wayOf("down", last), up: wayOf("up", last) });
  }
  const reaching = Math.max(0, ...operands.map(({ down, isOutput }) => (isOutput ? 0 : down.latency)));
  const returning = Math.max(0, ...operands.map(({ up, isOutput }) => (isOutput ? up.latency : 0)));
  return {
    ticksPerCycle: ticks,
    ticksPerStep: ticksPerWord(ticks, compute.operationsPerCycle),
    pipeline: reaching + compute.latency * ticks + returning,
    ...{ ports, places, operands },
  };
}

const NOWHERE: Way = { stops: [], latency: 0, crossings: [] };

/** The words of a move are listed in this order: at the place above, into each fan-out from outside in, at the place below. */
function wayBetween(
  nest: Nest,
  ports: readonly Port[],
  ticks: number,
  direction: "down" | "up",
  above: Stage,
  below: Stage,
): Way {
  const { mapping } = nest;
  const crossings = crossingsOf(mapping, above, below, direction === "down" ? "multicast" : "reduction");
  const ofLevel = (level: number, kind: PortKind): readonly Port[] =>
    ports.filter((port) => port.level === level && (port.kind === kind || port.kind === "shared"));
  const storage = (stage: Stage, words: number, kind: "read" | "write") => {
    const level = at(mapping.architecture.levels, stage.level);
    if (level.kind !== "storage") return [];
    return [{ words, ports: ofLevel(stage.level, kind), delay: ticks * (level.latency?.[kind] ?? 0) }];
  };
  const passed = [
    ...storage(above, 0, direction === "down" ? "read" : "write"),
    ...crossings.map(({ fanout }, j) => ({
      words: j + 1,
      ports: ofLevel(fanout, direction),
      delay: ticks * delayOf(nest, fanout, below),
    })),
    ...storage(below, crossings.length + 1, direction === "down" ? "write" : "read"),
  ];
  if (direction === "up") passed.reverse();
  let latency = 0;
  const stops = passed.map(({ words, ports: through, delay }): Stop => {
    latency += delay;
    return { words, ports: through, latency };
  });
  return { stops, latency, crossings };
}

/** Cycles through a fan-out: one latency for all instances, or one a hop to the farthest where neighbours pass the tensor on. */
function delayOf({ mapping, einsum, loops }: Nest, fanout: number, { tensor, position }: Stage): number {
  const level = at(mapping.architecture.levels, fanout);
  if (level.kind !== "fanout" || level.latency === undefined) return 0;
  const far = (["x", "y"] as const).map((axis) => {
    if (!applies(level.links[axis], at(einsum.tensors, tensor))) return 0;
    const along = loops.filter(
      ({ loop, position: p }) =>
        loop.kind === "spatial" && loop.fanout === fanout && loop.axis === axis && p < position,
    );
    return along.reduce((n, { iterations }) => n * iterations, 1) - 1;
  });
  return level.latency * far.reduce((n, hops) => n + hops, 1);
}

const applies = (set: TensorSet, tensor: Tensor): boolean =>
  set === "all" || set.has(tensor.name) || set.has(tensor.alias);

/** What is limited, level by level: a fan-out carries as much up as down, each by itself. */
const limitsOf = (nest: Nest): readonly { readonly level: number; readonly kind: PortKind; readonly rate: number }[] =>
  nest.mapping.architecture.levels.flatMap((level, l) => {
    const rates: readonly (readonly [PortKind, number])[] =
      level.kind === "storage"
        ? (["read", "write", "shared"] as const).map((kind) => [kind, level.bandwidth[kind]] as const)
        : level.kind === "fanout"
          ? (["down", "up"] as const).map((kind) => [kind, level.bandwidth ?? Infinity] as const)
          : [];
    return rates.flatMap(([kind, rate]) => (Number.isFinite(rate) ? [{ level: l, kind, rate }] : []));
  });

const ratesOf = (nest: Nest): readonly number[] => limitsOf(nest).map(({ rate }) => rate);

const portsOf = (nest: Nest, ticks: number): readonly Port[] =>
  limitsOf(nest).map(({ level, kind, rate }, index) => ({
    ...{ index, level, kind },
    ticksPerWord: ticksPerWord(ticks, rate),
  }));

function computeOf({ mapping: { architecture } }: Nest): ComputeLevel {
  const last = architecture.levels.at(-1);
  if (last?.kind !== "compute") throw new Error(`the last level of ${architecture.name} is not compute`);
  return last;
}
