import type { Architecture } from "./architecture.js";
import { instancesOf } from "./instances.js";

/** pJ a cycle of all instances of a level; of a fan-out, of the links of every instance below it. */
export function leakageAt(architecture: Architecture, index: number): number {
  const level = architecture.levels[index];
  if (level === undefined) return 0;
  switch (level.kind) {
    case "storage":
      return leakOf(level.energy.leak, instancesOf(architecture, index));
    case "fanout":
      return leakOf(level.leak, instancesOf(architecture, index + 1));
    case "compute":
      return leakOf(level.leak, instancesOf(architecture, index));
  }
}

/** pJ a cycle of all lanes of the vector unit; 0 where there is none. */
export const vectorLeakage = ({ vector }: Architecture): number =>
  vector === undefined ? 0 : leakOf(vector.leak, vector.lanes);

/** pJ a cycle of everything on the chip, whether it works or not: all levels, and the vector unit. */
export const chipLeakage = (architecture: Architecture): number =>
  architecture.levels.reduce((sum, _, index) => sum + leakageAt(architecture, index), vectorLeakage(architecture));

/** So that nothing leaks where there are more instances than can be counted. */
const leakOf = (leak: number, instances: number): number => (leak === 0 ? 0 : leak * instances);
