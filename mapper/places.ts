import type { Placement } from "./placement.js";
import type { Problem } from "./problem.js";

/**
 * Temporal places that a variable's loops may take in a placement, as bits: bit r is region r above its fan-outs; bits
 * K+1+2f and K+2+2f are, in the region of fan-out number f, the places between the variable's own two spatial loops there and below them
 * (coupled variables only: for others the order of temporal and spatial loops changes nothing). Spatial loops of other variables
 * do not matter to a temporal loop, so all temporal loops of a region stand in one order, by blocks, whatever their places.
 */
export const betweenPlace = (placement: Placement, fanout: number): number => placement.nodes.length + 1 + 2 * fanout;
export const belowPlace = (placement: Placement, fanout: number): number => placement.nodes.length + 2 + 2 * fanout;

/** The region of a temporal place. */
export function regionOfPlace(problem: Problem, placement: Placement, place: number): number {
  const regions = placement.nodes.length + 1;
  if (place < regions) return place;
  const level = problem.fanouts[Math.floor((place - regions) / 2)] ?? -1;
  return placement.fanouts.findIndex((there) => there.includes(level));
}

/** Bits of the places in a region. */
export function placesIn(problem: Problem, placement: Placement, region: number): number {
  return problem.fanouts.reduce(
    (bits, level, f) =>
      placement.fanouts[region]?.includes(level) === true
        ? bits | (1 << betweenPlace(placement, f)) | (1 << belowPlace(placement, f))
        : bits,
    1 << region,
  );
}

/** Positions number the whole nest from outside to inside: so many a region, its node last. */
export const REGION = 64;
export const positionOfBlock = (region: number, block: number): number => region * REGION + block;
