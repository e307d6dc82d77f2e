import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { root } from "./cli/program.js";

const pages = [
  join(root, "README.md"),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/(^|[\\/])(node_modules|api)[\\/]/.test(name))
    .map((name) => join(root, "docs", name)),
].sort();

describe("the links of the documents", () => {
  it("lead to files and headings that are there", () => {
    expect(pages.length).to.be.greaterThan(10);
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link))
        .map((link) => `${relative(root, page)}: ${link}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it("lead to every page of the guide", () => {
    const index = join(root, "docs/guide/README.md");
    const named = new Set(linksOf(index).map((link) => join(dirname(index), link)));
    const orphans = pages.filter((page) => dirname(page) === dirname(index) && page !== index && !named.has(page));
    expect(orphans.map((page) => relative(root, page))).to.deep.equal([]);
  });
});

/** The targets of links outside of code. */
function linksOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

const proseOf = (page: string): string =>
  readFileSync(page, "utf8")
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ""));

function leads(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(target)) return false;
  return heading === undefined || (statSync(target).isFile() && headingsOf(target).includes(heading));
}

/** Headings as GitHub addresses them. */
const headingsOf = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
