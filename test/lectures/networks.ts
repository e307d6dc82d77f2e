import { outputOf } from "../../workloads/index.js";
import { layer } from "./lecture.js";

/** The naive inception module on 28×28×256: 1×1 with 128 filters, 3×3 with 192, 5×5 with 96. */
export const naiveInception: readonly string[] = [
  "conv:M=128,C=256,H=28,W=28,R=1,S=1",
  "conv:M=192,C=256,H=28,W=28,R=3,S=3,Z=1",
  "conv:M=96,C=256,H=28,W=28,R=5,S=5,Z=2",
];

/** The same with bottlenecks of 64 filters before the 3×3 and 5×5, and a 1×1 with 64 after the pool. */
export const bottleneckedInception: readonly string[] = [
  "conv:M=64,C=256,H=28,W=28,R=1,S=1",
  "conv:M=64,C=256,H=28,W=28,R=1,S=1",
  "conv:M=128,C=256,H=28,W=28,R=1,S=1",
  "conv:M=192,C=64,H=28,W=28,R=3,S=3,Z=1",
  "conv:M=96,C=64,H=28,W=28,R=5,S=5,Z=2",
  "conv:M=64,C=256,H=28,W=28,R=1,S=1",
];

/** Channels, height and width of a layer's output. */
export const sizesOf = (text: string): readonly number[] => outputOf(layer(text).einsum).shape.slice(1);
