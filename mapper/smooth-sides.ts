/** Bins of factors: a temporal one a region, then one an axis of a fan-out (2f + 0 for x, + 1 for y). */
export interface Bins {
  readonly regions: number;
  /** Per axis its region, −1 where the fan-out stands nowhere. */
  readonly regionOfAxis: readonly number[];
}

/** A chain of tiles of one variable, all whole numbers, with the factors that it puts into each bin. */
export interface SideChain {
  /** Per node: what is left below it. */
  readonly tiles: readonly number[];
  /** Per bin: log of the factor. */
  readonly logs: readonly number[];
  /** Per axis: iterations. */
  readonly uses: readonly number[];
}

/**
 * Every chain of a variable over the bins that may take factors, no axis beyond its size; null where they are more than `most`. Chains that differ in the
 * order of a region's loops alone are one.
 */
export function sideChains(
  bound: number,
  bins: Bins,
  isOpen: (bin: number) => boolean,
  sizes: readonly number[],
  most: number,
): readonly SideChain[] | null {
  const { regions, regionOfAxis } = bins;
  const found = new Map<string, SideChain>();
  const logs = new Array<number>(regions + regionOfAxis.length).fill(0);
  const uses = regionOfAxis.map(() => 1);
  const tiles: number[] = [];
  let visits = 0;
  const isTooMany = (): boolean => found.size > most || visits > 40 * most;
  const inRegion = (region: number, extent: number): void => {
    if (isTooMany()) return;
    visits++;
    leave(region, extent);
    const open = [region, ...regionOfAxis.flatMap((at, axis) => (at === region ? [regions + axis] : []))].filter(
      isOpen,
    );
    for (const bin of open)
      for (let tile = extent - 1; tile >= 1; tile--) {
        const axis = bin - regions;
        const n = Math.ceil(extent / tile);
        if (axis >= 0 && (uses[axis] ?? 1) * n > (sizes[axis] ?? 1)) break;
        const log = Math.log(extent / tile);
        logs[bin] = (logs[bin] ?? 0) + log;
        if (axis >= 0) uses[axis] = (uses[axis] ?? 1) * n;
        inRegion(region, tile);
        logs[bin] = (logs[bin] ?? 0) - log;
        if (axis >= 0) uses[axis] = (uses[axis] ?? 1) / n;
      }
  };
  const leave = (region: number, extent: number): void => {
    if (region === regions - 1) {
      if (extent > 1) return;
      // Down, but for what sums leave: none costs more than it does.
      const rounded = logs.map((log) => Math.floor(log * 1e9 + 1e-3) / 1e9);
      found.set(`${tiles} ${rounded} ${uses}`, {
        tiles: [...tiles],
        logs: rounded.map((log) => Math.max(0, log)),
        uses: [...uses],
      });
      return;
    }
    tiles.push(extent);
    inRegion(region + 1, extent);
    tiles.pop();
  };
  inRegion(0, bound);
  return isTooMany() ? null : [...found.values()];
}
