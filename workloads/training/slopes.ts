/** The derivative of an activation at x, where its value is y. */
type Slope = (x: number, y: number) => number;

const slopes: ReadonlyMap<string, Slope> = new Map<string, Slope>([
  ["relu", (x) => (x > 0 ? 1 : 0)],
  ["relu6", (x) => (x > 0 && x < 6 ? 1 : 0)],
  ["sigmoid", (_, y) => y * (1 - y)],
  ["tanh", (_, y) => 1 - y * y],
]);

/** The derivative of an activation; at a kink that of the flat side (0 for ReLU at 0). */
export function slopeOf(activation: string): Slope {
  const slope = slopes.get(activation);
  if (slope === undefined) throw new Error(`no derivative of the activation ${activation}`);
  return slope;
}
