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

/**
 * A name for the set `whole \ hole` (the hole lies inside): equal sets have equal names. The set is a box itself where the
 * hole fills all axes but one and touches an end of that one; otherwise whole and hole can be told from the set.
 */
export function setName(whole: Box, hole: Box | null): string {
  if (hole === null) return `${whole.low}|${whole.high}`;
  let open = -1;
  for (let axis = 0; axis < whole.low.length; axis++) {
    if (whole.low[axis] === hole.low[axis] && whole.high[axis] === hole.high[axis]) continue;
    if (open >= 0) return `${whole.low}|${whole.high}|${hole.low}|${hole.high}`;
    open = axis;
  }
  if (open < 0) return "";
  const [low, high] = [[...whole.low], [...whole.high]];
  if (whole.low[open] === hole.low[open]) low[open] = hole.high[open] ?? 0;
  else if (whole.high[open] === hole.high[open]) high[open] = hole.low[open] ?? 0;
  else return `${whole.low}|${whole.high}|${hole.low}|${hole.high}`;
  return `${low}|${high}`;
}
