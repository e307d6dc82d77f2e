/** The nearest whole number, halves to the even one. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const over = x - down;
  if (over < 0.5) return down;
  return over > 0.5 || down % 2 !== 0 ? down + 1 : down;
}
