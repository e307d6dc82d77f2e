/**
 * Colours by name. Three families: `ramp` for what has an order (levels, outermost first; lightness rises steadily, so that it survives
 * any colour vision and a grey printer, after F. Crameri's batlow), `flow` for contenders (neighbours differ in lightness), `tensor` for
 * operands (two inputs, the output, then further ones), the same in every figure and table; `letter` are its shades for text.
 */
export type Palette = Readonly<Record<string, string>>;

const named = (family: string, colours: readonly string[]): Palette =>
  Object.fromEntries(colours.map((colour, i) => [`${family}-${i + 1}`, colour]));

export const light: Palette = {
  ...{ paper: "#ffffff", ink: "#1d2024", muted: "#5a616b", line: "#d9dce1", wash: "#f5f6f8", accent: "#1d4f91" },
  ...named("ramp", "#0f2b5b #16495f #2a6362 #4c7559 #76813f #a68c35 #cf9646 #eca679 #f7c4b4".split(" ")),
  ...named("flow", "#27477d #e0a030 #35877d #ad4460 #8cb6dd #74508f #c8b480 #6d6d6d".split(" ")),
  ...named("tensor", "#2a5da0 #e2a33b #4a9f8b #a4507c #86b4d8 #8a6d4b".split(" ")),
  ...named("letter", "#2a5da0 #8a5c06 #1d7461 #98446f #33698f #775c3c".split(" ")),
  ...named("grey", "#8d939c #c6cad0".split(" ")),
};

export const dark: Palette = {
  ...{ paper: "#14171b", ink: "#e7e9ec", muted: "#a0a7b1", line: "#343a42", wash: "#1d2126", accent: "#86b7f0" },
  ...named("ramp", "#4668b0 #4281a4 #489591 #62a67c #8cb069 #b9b65f #dcb768 #f1be8e #fad6c9".split(" ")),
  ...named("flow", "#5f8bd0 #e6b04c #46a598 #cf6a85 #a9cdee #9d7cbb #d6c596 #959595".split(" ")),
  ...named("tensor", "#5b93dc #e8b04f #5cb8a2 #c9769f #b3d3ee #b3946c".split(" ")),
  ...named("letter", "#7fb0ef #e8b04f #63c2ab #dd8fb5 #b3d3ee #c4a57d".split(" ")),
  ...named("grey", "#8d939c #545b65".split(" ")),
};

/** The palette as declarations of CSS variables. */
export const declarations = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");

const RAMP = 9;

/** `count` colours for things in an order, spread over the ramp. */
export function orderedColours(count: number): readonly string[] {
  const step = count <= 1 ? 0 : Math.min(2, (RAMP - 1) / (count - 1));
  return Array.from({ length: count }, (_, i) => `var(--ramp-${Math.min(RAMP, 1 + Math.round(i * step))})`);
}

/** `count` colours for contenders; they repeat after eight. */
export const contenderColours = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `var(--flow-${1 + (i % 8)})`);

/** The colour of a tensor by its place among inputs, or of the output. */
export const tensorColour = (role: "input" | "output", place: number): string =>
  `var(--tensor-${shadeOf(role, place)})`;

/** Where tensors of several kinds of layers meet (those of a training step), what the first six leave: further ones, then contenders' colours. */
export const furtherColours: readonly string[] = [
  ...[4, 5, 6].map((i) => `var(--tensor-${i})`),
  ...[6, 7, 1, 3, 8].map((i) => `var(--flow-${i})`),
];

/** The same for its name, dark or light enough to be read. */
export const letterColour = (role: "input" | "output", place: number): string =>
  `var(--letter-${shadeOf(role, place)})`;

const shadeOf = (role: "input" | "output", place: number): number =>
  role === "output" ? 3 : ([1, 2, 4, 5, 6][place % 5] ?? 6);
