/** Whose counting rules price a mapping: ours (what executing it gives), or what another tool prints for it. */
export type Conventions = "loopwright" | "timeloop" | "accelforge";

export const CONVENTIONS: readonly Conventions[] = ["loopwright", "timeloop", "accelforge"];
