import type { Objective } from "./objective.js";
import type { Program, Sum } from "./program.js";

/**
 * Prices a product vector p of C columns: writes [value, cycles, energy] into `out`, returns false where a limit is passed.
 * Straight-line generated code. Increasing in every p[c] ≥ 0 (v-columns ≥ 1), so minima of columns give a lower bound.
 */
export type Evaluate = (p: Float64Array, out: Float64Array) => boolean;

export function compileEvaluate(program: Program, objective: Objective): Evaluate {
  const least = (columns: readonly number[]): string =>
    columns.length === 1 ? `p[${columns[0]}]` : `Math.min(${columns.map((c) => `p[${c}]`).join()})`;
  const text = (sum: Sum): string =>
    [
      String(sum.constant),
      ...sum.products.map(({ weight, columns }) => `${weight}*${least(columns)}`),
      ...sum.differences.map(({ weight, y, v }) => `${weight}*p[${y}]*(${least(v)}-1)`),
    ].join("+");
  const power = (name: string, n: number): string => (n === 0 ? "1" : n === 1 ? name : `Math.pow(${name},${n})`);
  const limits = program.limits
    .filter(({ columns }) => columns.length > 0)
    .map(({ columns, most }) => `if(${columns.map((c) => `p[${c}]`).join("+")}>${most}*1.000000000001)return false;`);
  const delays = program.delays.map((sum) => `d=${text(sum)};if(d>cycles)cycles=d;`);
  const body = `"use strict";${limits.join("")}let cycles=0,d=0;${delays.join("")}
const energy=${text(program.energy)}+${program.leakage}*cycles;
out[0]=${power("energy", objective.energyPower)}*${power("cycles", objective.delayPower)};out[1]=cycles;out[2]=energy;return true;`;
  return new Function("p", "out", body) as Evaluate;
}
