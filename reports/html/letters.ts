/** Widths of the letters from space to ~ in thousandths of the font's size: Helvetica's, as Adobe's font metrics give them; Arial has the same. */
const WIDTHS: readonly number[] = (
  "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 " +
  "1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 " +
  "333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
  .split(" ")
  .map(Number);
const OTHERS = 600;
const ARROWS = 1000;
/** Bold letters are this much wider; other fonts than Helvetica may be a little wider, too. */
const BOLD = 1.07;
const SPARE = 1.03;

/** What a text takes in CSS pixels, near enough to lay out legends and axes; the same on every machine, with or without a canvas. */
export function widthOfText(text: string, fontSize: number, isBold = false): number {
  let thousandths = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    thousandths += WIDTHS[code - 32] ?? (code >= 0x2190 ? ARROWS : OTHERS);
  }
  return (thousandths / 1000) * fontSize * (isBold ? BOLD : 1) * SPARE;
}
