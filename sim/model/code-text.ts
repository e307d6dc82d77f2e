/** A product as code; ones are left out. */
export function times(factors: readonly string[]): string {
  const left = factors.filter((factor) => factor !== "1");
  return left.length === 0 ? "1" : left.join(" * ");
}
