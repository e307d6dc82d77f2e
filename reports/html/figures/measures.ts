import { count, duration, energy, short } from "../../numbers.js";
import type { LayerResult } from "../../result.js";
import type { Study } from "../study.js";

/** What contenders are compared by. */
export interface Measure {
  readonly name: string;
  readonly of: (result: LayerResult) => number;
  readonly show: (x: number) => string;
}

/** Energy, how long it takes, and their product. Chips of different clocks are compared by time, all others by cycles. */
export interface Measures {
  readonly product: Measure;
  readonly energy: Measure;
  readonly delay: Measure;
}

export function measuresOf({ runs }: Study): Measures {
  const ownClocks = new Set(runs.map(({ result }) => result.clock_Hz)).size > 1;
  const delay: Measure = ownClocks
    ? { name: "time", of: ({ cycles, clock_Hz = 1 }) => cycles / clock_Hz, show: duration }
    : { name: "cycles", of: ({ cycles }) => cycles, show: count };
  return {
    delay,
    energy: { name: "energy", of: ({ energy_pJ }) => energy_pJ, show: energy },
    product: {
      name: ownClocks ? "energy × time" : "energy × delay",
      of: (result) => result.energy_pJ * delay.of(result),
      show: (x) => `${short(x)} ${ownClocks ? "pJ·s" : "pJ·cycle"}`,
    },
  };
}
