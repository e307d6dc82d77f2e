/** energy^energyPower · delay^delayPower, both powers ≥ 0 and not both 0. */
export interface Objective {
  readonly name: string;
  readonly energyPower: number;
  readonly delayPower: number;
}

export const ENERGY: Objective = { name: "energy", energyPower: 1, delayPower: 0 };
export const DELAY: Objective = { name: "delay", energyPower: 0, delayPower: 1 };

/** Energy in pJ, delay in cycles. */
export function valueUnder(objective: Objective, energy: number, cycles: number): number {
  const { energyPower: a, delayPower: b } = objective;
  return power(energy, a) * power(cycles, b);
}
const power = (x: number, n: number): number => (n === 0 ? 1 : n === 1 ? x : x ** n);

/** Reads `energy`, `delay`, `edp`, or `energy^a*delay^b` (either factor may be missing, or its power). Null where it is none of these. */
export function parseObjective(text: string): Objective | null {
  const name = text.replace(/\s+/g, "").toLowerCase();
  if (name === "edp") return { name, energyPower: 1, delayPower: 1 };
  let [energyPower, delayPower] = [0, 0];
  for (const factor of name.split("*")) {
    const match = /^(energy|delay|latency|cycles)(?:\^(\d+(?:\.\d+)?))?$/.exec(factor);
    if (match === null) return null;
    const n = match[2] === undefined ? 1 : Number(match[2]);
    if (match[1] === "energy") energyPower += n;
    else delayPower += n;
  }
  return energyPower + delayPower > 0 ? { name, energyPower, delayPower } : null;
}
