/** A box of words: per axis the half-open interval [low, high). Never changed once made. */
export interface Box {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Where words lie that count: everywhere, or on some axes only inside the tensor. */
export interface Window {
  readonly clipped: readonly boolean[];
  readonly shape: readonly number[];
}

/** The words of a box that lies `origin` away from the tensor's zero and count in the window. */
export function wordsIn(box: Box, origin: readonly number[], window: Window): number {
  let words = 1;
  for (let axis = 0; axis < box.low.length; axis++) {
    let [low, high] = [box.low[axis] ?? 0, box.high[axis] ?? 0];
    if (window.clipped[axis] === true) {
      const zero = -(origin[axis] ?? 0);
      low = Math.max(low, zero);
      high = Math.min(high, zero + (window.shape[axis] ?? 0));
    }
    if (high <= low) return 0;
    words *= high - low;
  }
  return words;
}

/** What two boxes have in common, or null. */
export function intersection(a: Box, b: Box): Box | null {
  const low: number[] = [];
  const high: number[] = [];
  for (let axis = 0; axis < a.low.length; axis++) {
    const from = Math.max(a.low[axis] ?? 0, b.low[axis] ?? 0);
    const to = Math.min(a.high[axis] ?? 0, b.high[axis] ?? 0);
    if (to <= from) return null;
    low.push(from);
    high.push(to);
  }
  return { low, high };
}

export function isSame(a: Box, b: Box): boolean {
  for (let axis = 0; axis < a.low.length; axis++)
    if (a.low[axis] !== b.low[axis] || a.high[axis] !== b.high[axis]) return false;
  return true;
}

export function moved(box: Box, by: readonly number[], times: number): Box {
  const low = box.low.map((x, axis) => x + times * (by[axis] ?? 0));
  const high = box.high.map((x, axis) => x + times * (by[axis] ?? 0));
  return { low, high };
}

/** A set of words `whole \ hole`, taken apart into where it lies and what it looks like. */
export interface Shaped {
  readonly low: readonly number[];
  /** Equal for sets that are translated copies of each other, and for no others. */
  readonly shape: string;
}

/**
 * Names the set `whole \ hole` (the hole lies inside). The set is a box itself where the hole fills all axes but one and
 * touches an end of that one; otherwise whole and hole can be told from the set.
 */
export function shaped(whole: Box, hole: Box | null): Shaped {
  const { low, high } = whole;
  const length = high.map((x, axis) => x - (low[axis] ?? 0));
  if (hole === null) return { low, shape: length.join() };
  let open = -1;
  for (let axis = 0; axis < low.length; axis++) {
    if (low[axis] === hole.low[axis] && high[axis] === hole.high[axis]) continue;
    if (open >= 0) return framed(whole, length, hole);
    open = axis;
  }
  const [from, to] = [hole.low[open] ?? 0, hole.high[open] ?? 0];
  const atLow = low[open] === from;
  if (open < 0 || (!atLow && high[open] !== to)) return framed(whole, length, hole);
  length[open] = (length[open] ?? 0) - (to - from);
  return { low: atLow ? low.map((x, axis) => (axis === open ? to : x)) : low, shape: length.join() };
}

function framed({ low }: Box, length: readonly number[], hole: Box): Shaped {
  const inside = [hole.low, hole.high].map((corner) => corner.map((x, axis) => x - (low[axis] ?? 0)));
  return { low, shape: [length, ...inside].join("|") };
}
