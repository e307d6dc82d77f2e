/** Doubles of a chunk; larger arrays get one of their own. */
const CHUNK = 1 << 21;

/** How far an arena was filled. */
export interface Mark {
  readonly chunk: number;
  readonly used: number;
}

/**
 * Memory for arrays that are given up in the reverse order of their making, as those of a depth-first search are. Large typed arrays by the thousand are dear
 * otherwise: each is cleared page by page, and every 64 MB of them make the collector look through all that is alive. Arrays are *not* cleared.
 */
export class Arena {
  private readonly chunks: Float64Array[] = [];
  private chunk = 0;
  private used = 0;

  mark(): Mark {
    return { chunk: this.chunk, used: this.used };
  }

  /** Gives up all that was made since; whoever still holds it must not use it any more. */
  release({ chunk, used }: Mark): void {
    this.chunk = chunk;
    this.used = used;
  }

  floats(length: number): Float64Array {
    return this.take(length).subarray(0, length);
  }

  ints(length: number): Int32Array {
    const { buffer, byteOffset } = this.take((length + 1) >> 1);
    return new Int32Array(buffer, byteOffset, length);
  }

  private take(length: number): Float64Array {
    for (;;) {
      const chunk = this.chunks[this.chunk];
      if (chunk === undefined || (this.used === 0 && chunk.length < length))
        this.chunks[this.chunk] = new Float64Array(Math.max(CHUNK, length));
      else if (this.used + length <= chunk.length) {
        const at = this.used;
        this.used += length;
        return chunk.subarray(at, at + length);
      } else {
        this.chunk++;
        this.used = 0;
      }
    }
  }
}
