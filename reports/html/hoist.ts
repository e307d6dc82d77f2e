/** Attributes that a group can hold for its elements. */
const SHARED = /^(?:fill|fill-opacity|stroke|stroke-width|stroke-opacity|opacity|font-size|font-weight|text-anchor)$/;

/** Elements of one kind without further ones inside, one after another in a group without attributes. */
const GROUPS = /<g>((?:<(path|line|rect|text)(?: [^>]*)?(?:\/>|>[^<]*(?:<title>[^<]*<\/title>)?<\/\2>)){2,})<\/g>/g;

/** An SVG in which what all elements of a group say of themselves is said once by the group. */
export function hoisted(svg: string): string {
  return svg.replaceAll(GROUPS, (all, content: string, kind: string) => {
    const heads = [...content.matchAll(new RegExp(`<${kind}((?: [\\w-]+="[^"]*")*)`, "g"))].map(
      ([, text = ""]) => text,
    );
    const common = attributesOf(heads[0] ?? "").filter(
      (attribute) =>
        SHARED.test(attribute.slice(1, attribute.indexOf("="))) && heads.every((head) => says(head, attribute)),
    );
    if (common.length === 0) return all;
    const bare = content.replaceAll(new RegExp(`<${kind}(?: [\\w-]+="[^"]*")*`, "g"), (head) =>
      common.reduce((text, attribute) => text.replace(attribute, ""), head),
    );
    return `<g${common.join("")}>${bare}</g>`;
  });
}

const attributesOf = (head: string): readonly string[] => [...head.matchAll(/ [\w-]+="[^"]*"/g)].map(([text]) => text);

const says = (head: string, attribute: string): boolean => attributesOf(head).includes(attribute);

/**
 * Elements put together by what they say of themselves, in the order in which each kind comes first. Only for elements of which those
 * that lie upon each other differ.
 */
export function gathered(elements: readonly string[]): string {
  const kinds = new Map<string, string[]>();
  for (const element of elements) {
    const [head = ""] = /^<\w+(?: [\w-]+="[^"]*")*/.exec(element) ?? [];
    const shared = attributesOf(head).filter((attribute) => SHARED.test(attribute.slice(1, attribute.indexOf("="))));
    const bare = shared.reduce((text, attribute) => text.replace(attribute, ""), element);
    const kind = `${/^<\w+/.exec(element)?.[0] ?? ""}${shared.join("")}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), bare]);
  }
  return [...kinds].map(([kind, own]) => `<g${kind.replace(/^<\w+/, "")}>${own.join("")}</g>`).join("");
}
