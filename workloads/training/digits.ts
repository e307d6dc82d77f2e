import { type Random, seeded } from "../../base/index.js";

/** Images, one word a channel and pixel from 0 (paper) to 1 (ink), row-major over channels, rows and columns, and what they show. */
export interface Examples {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** Channels, height and width of an image. */
  readonly shape: ImageShape;
  /** Labels lie in [0, classes). */
  readonly classes: number;
}
export type ImageShape = readonly [channels: number, height: number, width: number];

/** The ten digits as 5×7 dots. */
const GLYPHS = [
  ".###. #...# #..## #.#.# ##..# #...# .###.",
  "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
  ".###. #...# ....# ...#. ..#.. .#... #####",
  ".###. #...# ....# ..##. ....# #...# .###.",
  "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
  "##### #.... ####. ....# ....# #...# .###.",
  "..##. .#... #.... ####. #...# #...# .###.",
  "##### ....# ...#. ..#.. .#... .#... .#...",
  ".###. #...# #...# .###. #...# #...# .###.",
  ".###. #...# #...# .#### ....# ...#. .##..",
].map((text) => text.split(" "));

const [ROWS, COLUMNS] = [7, 5];

/**
 * Digits like those of MNIST, made by a seeded generator: each of the ten in turn (as many as there are classes), drawn from dots, 3 (in small images fewer, in
 * large ones more) pixels wide, at a random place, in random ink (another one in each channel), with noise on the paper. The same seed gives the same images.
 */
export function seededDigits(count: number, seed: number, shape: ImageShape = [1, 28, 28], classes = 10): Examples {
  const random = seeded(seed);
  const [channels, height, width] = shape;
  const images = new Float32Array(count * channels * height * width);
  const labels = Int32Array.from({ length: count }, (_, i) => i % Math.min(classes, GLYPHS.length));
  const words = channels * height * width;
  for (const [i, label] of labels.entries()) draw(images.subarray(i * words, (i + 1) * words), label, shape, random);
  return { images, labels, shape, classes };
}

/** Pixels along a dot: digits fill three quarters of the height, or less. */
const dotOf = (height: number, width: number): number =>
  Math.max(1, Math.min(Math.floor((0.75 * height) / ROWS), Math.floor((0.75 * width) / COLUMNS)));

function draw(image: Float32Array, label: number, [channels, height, width]: ImageShape, random: Random): void {
  const dot = dotOf(height, width);
  const top = random.integer(0, Math.max(0, height - ROWS * dot));
  const left = random.integer(0, Math.max(0, width - COLUMNS * dot));
  for (let c = 0; c < channels; c++) {
    const ink = random.integer(70, 100) / 100;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const row = GLYPHS[label]?.[Math.floor((y - top) / dot)];
        const isInk = y >= top && x >= left && row?.[Math.floor((x - left) / dot)] === "#";
        image[(c * height + y) * width + x] = isInk ? ink : random.integer(0, 10) / 100;
      }
  }
}
