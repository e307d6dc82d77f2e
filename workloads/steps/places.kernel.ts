/**
 * The word numbers that a walk over `shape` (last axis fastest) visits in a tensor with these strides, from `offset` on. A stride of 0 repeats
 * (broadcast), a negative one walks backwards, permuted ones transpose:
 * ```
 * for i in 0..shape[0]  for j in 0..shape[1]: places.push(offset + i·strides[0] + j·strides[1])
 * ```
 */
export function placesOf(shape: readonly number[], strides: readonly number[], offset = 0): Int32Array {
  let words = 1;
  for (const extent of shape) words *= extent;
  const places = new Int32Array(words);
  if (words === 0) return places;
  const rank = shape.length;
  const at = new Int32Array(rank);
  let place = offset;
  for (let word = 0; word < words; word++) {
    places[word] = place;
    let axis = rank - 1;
    while (axis >= 0) {
      place += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      place -= strides[axis]! * shape[axis]!;
      at[axis--] = 0;
    }
  }
  return places;
}
