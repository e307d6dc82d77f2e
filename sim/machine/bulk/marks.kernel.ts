import type { Region } from "./regions.kernel.js";

/** A set of words of a tensor's whole box. */
export class Marks {
  readonly whole: Region;
  readonly strides: readonly number[];
  /** One byte a word, row-major; empty where the set is not kept. */
  readonly bytes: Uint8Array;
  count = 0;

  constructor(whole: Region, isKept: boolean) {
    this.whole = whole;
    this.strides = whole.size.map((_, axis) => whole.size.slice(axis + 1).reduce((n, size) => n * size, 1));
    this.bytes = new Uint8Array(isKept ? whole.size.reduce((n, size) => n * size, 1) : 0);
  }

  /** The number of a point in the whole box. */
  numberOf(point: readonly number[]): number {
    let number_ = 0;
    for (let axis = 0; axis < point.length; axis++)
      number_ += (point[axis]! - this.whole.low[axis]!) * this.strides[axis]!;
    return number_;
  }

  /** Marks a word. */
  add(number_: number): void {
    if (this.bytes[number_] !== 0) return;
    this.bytes[number_] = 1;
    this.count++;
  }

  /** Marks rows, given by pairs of start (from a word on) and length. */
  addRows(from: number, rows: Int32Array): void {
    for (let r = 0; r < rows.length; r += 2) {
      const [start, length] = [from + rows[r]!, rows[r + 1]!];
      this.count += length - this.countRow(start, length);
      for (let i = start; i < start + length; i++) this.bytes[i] = 1;
    }
  }

  /** Marked words of rows. */
  countRows(from: number, rows: Int32Array): number {
    let words = 0;
    if (this.count === 0) return 0;
    for (let r = 0; r < rows.length; r += 2) words += this.countRow(from + rows[r]!, rows[r + 1]!);
    return words;
  }

  /** The marked words of a region, as pieces of rows; the region and the pieces are relative to a corner. */
  partsOf(region: Region, corner: readonly number[]): readonly Region[] {
    const parts: Region[] = [];
    const last = region.low.length - 1;
    const ones = region.size.map(() => 1);
    const origin = this.numberOf(corner) - this.numberOf(corner.map(() => 0));
    this.eachRow(region, (number_, length, low) => {
      const start = number_ + origin;
      for (let i = 0; i < length; i++) {
        if (this.bytes[start + i] === 0) continue;
        const from = i;
        while (i < length && this.bytes[start + i] !== 0) i++;
        if (last < 0) parts.push(region);
        else parts.push({ low: low.with(last, low[last]! + from), size: ones.with(last, i - from) });
      }
    });
    return parts;
  }

  countRow(start: number, length: number): number {
    const { bytes } = this;
    let words = 0;
    for (let i = start; i < start + length; i++) words += bytes[i]!;
    return words;
  }

  /** The rows of a region along the innermost axis: number of the first word, length, and the row's low corner. */
  eachRow(region: Region, visit: (start: number, length: number, low: readonly number[]) => void): void {
    const last = region.low.length - 1;
    if (last < 0) {
      visit(0, 1, []);
      return;
    }
    const point = [...region.low];
    const length = region.size[last]!;
    for (;;) {
      visit(this.numberOf(point), length, point);
      let axis = last - 1;
      for (; axis >= 0; axis--) {
        const next = point[axis]! + 1;
        const low = region.low[axis]!;
        if (next < low + region.size[axis]!) {
          point[axis] = next;
          break;
        }
        point[axis] = low;
      }
      if (axis < 0) return;
    }
  }
}
