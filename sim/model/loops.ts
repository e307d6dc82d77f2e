export type Loop = TemporalLoop | SpatialLoop;
interface LoopShape {
  readonly variable: number;
  /** The extent left below the loop. */
  readonly by: number;
  /** The extent above, at its fullest. */
  readonly extent: number;
  /** Iterations at the fullest. */
  readonly count: number;
}
export interface TemporalLoop extends LoopShape {
  readonly kind: "for";
}
export interface SpatialLoop extends LoopShape {
  readonly kind: "spatial";
  /** Index into `architecture.levels`. */
  readonly fanout: number;
  readonly axis: "x" | "y";
}

/** Whether every tile below has its full extent. */
export const arePerfect = (loops: readonly Loop[]): boolean => loops.every((loop) => loop.extent % loop.by === 0);
