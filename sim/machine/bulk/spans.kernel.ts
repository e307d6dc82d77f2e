import type { Region } from "./regions.kernel.js";

/** The axes of a piece of a box as they lie in the buffers of a node and of its parent: from the innermost, joined where they can be. */
interface Axis {
  readonly n: number;
  readonly child: number;
  readonly parent: number;
}

/** One call of a mover: offsets of child and parent, n0, then n and both strides of axes 1 to 3. In bytes but n. */
export type SpanCall = (
  child: number,
  parent: number,
  n0: number,
  n1: number,
  c1: number,
  p1: number,
  n2: number,
  c2: number,
  p2: number,
  n3: number,
  c3: number,
  p3: number,
) => void;

/** How a buffer lies in memory: its box' low corner, and the bytes between neighbours along each axis. */
export interface Placement {
  readonly low: readonly number[];
  readonly strides: readonly number[];
}

/** Calls for a piece of the box, which lies both in the child's and in the parent's buffer; in order of addresses, or backwards. */
export function eachSpan(
  piece: Region,
  child: Placement,
  parent: Placement,
  bytesPerWord: number,
  call: SpanCall,
  isBackward = false,
): void {
  const rank = piece.low.length;
  let [from, to] = [0, 0];
  const axes: Axis[] = [{ n: 1, child: bytesPerWord, parent: bytesPerWord }];
  for (let axis = rank - 1; axis >= 0; axis--) {
    const [low, n] = [piece.low[axis]!, piece.size[axis]!];
    const [c, p] = [child.strides[axis]!, parent.strides[axis]!];
    from += (low - child.low[axis]!) * c;
    to += (low - parent.low[axis]!) * p;
    if (n === 1) continue;
    const inner = axes[axes.length - 1]!;
    if (c === inner.child * inner.n && p === inner.parent * inner.n)
      axes[axes.length - 1] = { ...inner, n: inner.n * n };
    else axes.push({ n, child: c, parent: p });
  }
  nested(axes, axes.length, from, to, isBackward, call);
}

/** Up to four axes go into one call; more are walked here. */
function nested(
  axes: readonly Axis[],
  count: number,
  child: number,
  parent: number,
  isBackward: boolean,
  call: SpanCall,
): void {
  if (count > 4) {
    const axis = axes[count - 1]!;
    for (let k = 0; k < axis.n; k++) {
      const i = isBackward ? axis.n - 1 - k : k;
      nested(axes, count - 1, child + i * axis.child, parent + i * axis.parent, isBackward, call);
    }
    return;
  }
  const n0 = axes[0]!.n;
  const a = count > 1 ? axes[1]! : NONE;
  const b = count > 2 ? axes[2]! : NONE;
  const c = count > 3 ? axes[3]! : NONE;
  call(child, parent, n0, a.n, a.child, a.parent, b.n, b.child, b.parent, c.n, c.child, c.parent);
}
const NONE: Axis = { n: 1, child: 0, parent: 0 };
