/**
 * Extents left of every variable as one number: variable v's is its divisor number (code ÷ strides[v]) mod radices[v],
 * ascending. `first[v][i]` to `first[v][i + 1]` are the letters from divisor i of v: code − steps, the divisor, the sign.
 */
export interface Lattice {
  readonly size: number;
  readonly strides: Int32Array;
  readonly radices: Int32Array;
  readonly first: readonly Int32Array[];
  readonly steps: Int32Array;
  readonly divisors: Int32Array;
  readonly signs: Float64Array;
}

/**
 * Words of temporal letters: Σ over n letters of w(n) · (ways to come from what enters to what leaves with n letters), where w is a polynomial but for its
 * values at 0 and 1: w(n) = Σ differences[j] · (n over j), and odd[n] more there. One pass from above: (n + 1 over j) = (n over j) + (n over j − 1).
 */
export function polynomialWords(
  lattice: Lattice,
  entering: Float64Array,
  allowed: Uint8Array,
  differences: Float64Array,
  odd: readonly [number, number],
): Float64Array {
  const { size, strides, radices, first, steps, signs } = lattice;
  const width = differences.length;
  const sums = new Float64Array(size * width);
  const leaving = new Float64Array(size);
  for (let code = 0; code < size; code++) {
    sums[code * width] = entering[code]!;
    leaving[code] = odd[0] * entering[code]!;
  }
  for (let code = size - 1; code >= 0; code--) {
    const from = code * width;
    let isEmpty = true;
    for (let j = 0; j < width; j++) if (sums[from + j] !== 0) isEmpty = false;
    if (isEmpty) continue;
    const once = odd[1] * entering[code]!;
    for (let v = 0; v < strides.length; v++) {
      if (allowed[v] === 0) continue;
      const starts = first[v]!;
      const i = Math.floor(code / strides[v]!) % radices[v]!;
      for (let k = starts[i]!; k < starts[i + 1]!; k++) {
        const sign = signs[k]!;
        const below = code - steps[k]!;
        const to = below * width;
        sums[to] = sums[to]! + sign * sums[from]!;
        for (let j = 1; j < width; j++) sums[to + j] = sums[to + j]! + sign * (sums[from + j]! + sums[from + j - 1]!);
        leaving[below] = leaving[below]! + sign * once;
      }
    }
  }
  for (let code = 0; code < size; code++)
    for (let j = 0; j < width; j++) leaving[code] = leaving[code]! + differences[j]! * sums[code * width + j]!;
  return leaving;
}

/** An axis of a fan-out: how many instances may be left, descending, and by variable whether it may be spread along it. */
export interface Axis {
  readonly rooms: Int32Array;
  readonly allowed: Uint8Array;
}

/** Words of temporal letters: Σ over n letters of weights[n] · (ways to come from what enters to what leaves with n letters). */
export function temporalWords(
  lattice: Lattice,
  entering: Float64Array,
  allowed: Uint8Array,
  weights: Float64Array,
): Float64Array {
  const { size, strides, radices, first, steps, signs } = lattice;
  const leaving = new Float64Array(size);
  let current = entering;
  for (let n = 0; ; n++) {
    const weight = weights[n]!;
    let isEmpty = true;
    for (let code = 0; code < size; code++) leaving[code] = leaving[code]! + weight * current[code]!;
    if (n + 1 === weights.length) return leaving;
    const next = new Float64Array(size);
    for (let code = 0; code < size; code++) {
      const ways = current[code]!;
      if (ways === 0) continue;
      for (let v = 0; v < strides.length; v++) {
        if (allowed[v] === 0) continue;
        const starts = first[v]!;
        const i = Math.floor(code / strides[v]!) % radices[v]!;
        for (let k = starts[i]!; k < starts[i + 1]!; k++) {
          next[code - steps[k]!] = next[code - steps[k]!]! + ways * signs[k]!;
          isEmpty = false;
        }
      }
    }
    if (isEmpty) return leaving;
    current = next;
  }
}

/**
 * Words of temporal letters and of letters spread along two axes, none with more instances than there are: any word; or, where
 * `endsSpatial`, those that are empty or end with a spread letter. Letters only lessen the code, so one pass from above will do:
 *
 *   for every code, descending
 *     for every room left along x, for every room left along y
 *       for every variable, for every letter
 */
export function meshWords(
  lattice: Lattice,
  entering: Float64Array,
  allowed: Uint8Array,
  x: Axis,
  y: Axis,
  endsSpatial: boolean,
): Float64Array {
  const { size, strides, radices, first, steps, divisors, signs } = lattice;
  const [countX, countY] = [x.rooms.length, y.rooms.length];
  const rooms = countX * countY;
  const words = new Float64Array(size * rooms);
  for (let code = 0; code < size; code++) words[code * rooms] = entering[code]!;
  const leaving = endsSpatial ? Float64Array.from(entering) : new Float64Array(size);
  const [intoX, intoY] = [smallerRooms(x.rooms), smallerRooms(y.rooms)];
  for (let code = size - 1; code >= 0; code--) {
    for (let room = 0; room < rooms; room++) {
      const ways = words[code * rooms + room]!;
      if (ways === 0) continue;
      if (!endsSpatial) leaving[code] = leaving[code]! + ways;
      const roomY = room % countY;
      const roomX = (room - roomY) / countY;
      for (let v = 0; v < strides.length; v++) {
        if (allowed[v] === 0) continue;
        const starts = first[v]!;
        const i = Math.floor(code / strides[v]!) % radices[v]!;
        for (let k = starts[i]!; k < starts[i + 1]!; k++) {
          const more = ways * signs[k]!;
          const below = code - steps[k]!;
          const divisor = divisors[k]!;
          words[below * rooms + room] = words[below * rooms + room]! + more;
          if (x.allowed[v] !== 0 && divisor <= x.rooms[roomX]!) {
            const at = below * rooms + intoX(roomX, divisor) * countY + roomY;
            words[at] = words[at]! + more;
            if (endsSpatial) leaving[below] = leaving[below]! + more;
          }
          if (y.allowed[v] !== 0 && divisor <= y.rooms[roomY]!) {
            const at = below * rooms + roomX * countY + intoY(roomY, divisor);
            words[at] = words[at]! + more;
            if (endsSpatial) leaving[below] = leaving[below]! + more;
          }
        }
      }
    }
  }
  return leaving;
}

/** Where the room of a number stands after a division, looked up in a table. */
function smallerRooms(rooms: Int32Array): (room: number, divisor: number) => number {
  const most = rooms[0]!;
  const indices = new Int32Array(most + 1);
  rooms.forEach((room, i) => {
    indices[room] = i;
  });
  return (room, divisor) => indices[Math.floor(rooms[room]! / divisor)]!;
}
