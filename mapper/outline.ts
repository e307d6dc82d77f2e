import type { Setting } from "./atoms.js";
import type { SlidingNode } from "./chain-motion.kernel.js";
import type { RunLibrary } from "./family.js";
import type { Relaxation } from "./relaxation.js";
import type { Plan } from "./tables.js";

/** A placement with the splits of single variables, before those of groups are built. */
export interface Outline {
  readonly setting: Setting;
  readonly relaxation: Relaxation;
  readonly plan: Plan;
  readonly library: RunLibrary;
  readonly sliding: readonly SlidingNode[];
}
