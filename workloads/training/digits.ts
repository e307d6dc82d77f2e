import { type Random, seeded } from "../../base/index.js";

/** Images in rows, one word a pixel from 0 (paper) to 1 (ink), and what they show. */
export interface Examples {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** Height and width of an image. */
  readonly size: readonly [number, number];
  readonly classes: number;
}

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
 * Digits like those of MNIST, made by a seeded generator: each of the ten in turn, drawn from dots, 3 (or for small images fewer) pixels wide, at a random
 * place, in random ink, with noise on the paper. The same seed gives the same images.
 */
export function seededDigits(count: number, seed: number, size: readonly [number, number] = [28, 28]): Examples {
  const random = seeded(seed);
  const [height, width] = size;
  const dot = Math.max(1, Math.min(3, Math.floor(height / (ROWS + 1)), Math.floor(width / (COLUMNS + 1))));
  const images = new Float32Array(count * height * width);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
  for (const [i, label] of labels.entries())
    draw(images.subarray(i * height * width, (i + 1) * height * width), label, dot, size, random);
  return { images, labels, size, classes: 10 };
}

function draw(
  image: Float32Array,
  label: number,
  dot: number,
  [height, width]: Examples["size"],
  random: Random,
): void {
  const top = random.integer(0, Math.max(0, height - ROWS * dot));
  const left = random.integer(0, Math.max(0, width - COLUMNS * dot));
  const ink = random.integer(70, 100) / 100;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const row = GLYPHS[label]?.[Math.floor((y - top) / dot)];
      const isInk = y >= top && x >= left && row?.[Math.floor((x - left) / dot)] === "#";
      image[y * width + x] = isInk ? ink : random.integer(0, 10) / 100;
    }
}
