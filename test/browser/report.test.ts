import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser, Locator, Page } from "playwright-core";
import type { LayerResult } from "../../reports/index.js";
import { loopwright } from "../cli/program.js";
import { launch, open } from "./browser.js";

const LAYERS = `layers:
  - {name: first, conv: {N: 1, M: 2, C: 2, P: 4, Q: 4, R: 3, S: 1}}
  - {name: "second <2>", gemm: {M: 4, N: 6, K: 2}, repeat: 3}
`;

const ACCESSES = ["tile", "fills", "reads", "updates", "drains", "energy"];
const PROOF = ["lower bound", "gap", "evaluated"];
const CLOCK = ["cycles", "computing", "start-up", "stalled", "final drain"];

describe("a report in a browser", () => {
  let folder = "";
  let browser: Browser;
  before(async () => {
    browser = await launch();
    folder = mkdtempSync(join(tmpdir(), "loopwright-report-"));
    writeFileSync(join(folder, "layers.yaml"), LAYERS);
    report("map", ["--arch", "systolic-ws", "--set", "rows=4", "--set", "cols=4"]);
    report("compare", ["--arch", "eyeriss", "--dataflows", "ws,rs"]);
    report("run", ["--arch", "textbook", "--set", "rows=2", "--set", "cols=2"]);
    report("chips", ["--arch", "eyeriss,systolic-ws", "--dataflows", "any"]);
    report("front", ["--arch", "textbook", "--pareto", "energy,delay"]);
    report("rough", ["--arch", "textbook", "--pareto", "energy,delay", "--gap", "0.3"]);
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function report(command: string, words: readonly string[]): void {
    const verb = { run: "simulate", compare: "compare", chips: "compare" }[command] ?? "map";
    const outcome = loopwright([verb, "layers.yaml", ...words, "--time-limit", "none", "--out", command], folder);
    expect(outcome.code, outcome.stderr).to.equal(0);
  }
  const fileOf = (command: string): string => join(folder, command, "report.html");
  const resultsOf = (command: string): readonly LayerResult[] =>
    JSON.parse(readFileSync(join(folder, command, "result.json"), "utf8"));

  for (const command of ["map", "run", "compare", "chips"] as const) {
    it(`shows the numbers of result.json, without a request, an error or a word on the console: ${command}`, async () => {
      const { page, complaints } = await open(browser, fileOf(command));
      const results = resultsOf(command);
      // Chips of two clocks are compared by time.
      const isTimed = command === "chips";
      const product = isTimed ? "energy × time [pJ·s]" : "energy × delay [pJ·cycle]";
      const heads = ["MACs", "cycles", "energy", "pJ a MAC", product, "utilization", ...(isTimed ? ["time"] : [])];
      const rows = await numbersOf(page.getByRole("table", { name: "Results of every layer" }), heads);
      expect(rows.slice(0, results.length)).to.deep.equal(
        results.map((r) => {
          const time = r.cycles / (r.clock_Hz ?? Number.NaN);
          const plain = [r.macs, r.cycles, r.energy_pJ, r.energy_pJ / r.macs];
          return isTimed ? [...plain, r.energy_pJ * time, r.utilization, time] : [...plain, r.edp, r.utilization];
        }),
      );
      await openAll(page);
      for (const result of results) {
        const contender = { map: undefined, run: undefined, compare: result.dataflow, chips: result.architecture }[
          command
        ];
        const name = contender === undefined ? result.layer : `${result.layer}, ${contender}`;
        expect(
          await numbersOf(page.getByRole("table", { name: `Accesses of ${name}`, exact: true }), ACCESSES),
        ).to.deep.equal(accesses(result));
        const picture = page.getByRole("img", { name: `Tiles of ${name}. ` });
        for (const { tileWords } of result.levels.flatMap(({ tensors }) => Object.values(tensors)))
          expect(await picture.textContent()).to.contain(tileWords.toLocaleString("en-US"));
      }
      const byLevel = await numbersOf(page.getByRole("table", { name: "Energy by level", exact: true }), ["together"]);
      expect(byLevel.flat()).to.deep.equal(results.map(({ energy_pJ }) => energy_pJ));
      const proofs = await numbersOf(page.getByRole("table", { name: "The proof of each layer" }), PROOF);
      expect(proofs).to.deep.equal(results.map(({ search }) => [search?.lowerBound, search?.gap, search?.evaluated]));
      if (command === "run") {
        const clock = await numbersOf(page.getByRole("table", { name: "Where the machine's cycles go" }), CLOCK);
        expect(clock).to.deep.equal(results.map(cyclesOf));
      }
      expect(complaints).to.deep.equal([]);
      await page.close();
    });
  }

  it("draws every point of a front, and shades where better mappings may lie", async () => {
    for (const command of ["front", "rough"]) {
      const { page, complaints } = await open(browser, fileOf(command));
      const results = resultsOf(command);
      await openAll(page);
      for (const [i, layer] of [...new Set(results.map((one) => one.layer))].entries()) {
        const own = results.filter((one) => one.layer === layer);
        const name = `Energy against cycles of ${layer}`;
        const rows = await numbersOf(page.getByRole("table", { name, exact: true }), ["cycles"]);
        expect(rows.flat()).to.deep.equal(own.map(({ cycles }) => cycles));
        const tips = await page.locator(`#front-${i + 1} path > title`).allTextContents();
        expect(tips.filter((tip) => tip.startsWith("point "))).to.have.length(own.length);
        const certain = own.filter(({ search }) => search?.status === "optimal").length;
        expect(tips.filter((tip) => tip.endsWith(", certified"))).to.have.length(certain);
        const open = own.flatMap(({ front }) => front?.open ?? []);
        expect(tips.filter((tip) => tip.startsWith("from "))).to.have.length(open.length);
        expect(open.length > 0, command).to.equal(command === "rough");
      }
      expect(complaints).to.deep.equal([]);
      await page.close();
    }
  });

  for (const command of ["map", "run", "compare", "chips", "front", "rough"] as const) {
    it(`can be read by those who do not see it: ${command}`, async () => {
      const { page } = await open(browser, fileOf(command));
      await openAll(page);
      expect(await page.evaluate(FAULTS)).to.deep.equal([]);
      for (const landmark of ["banner", "navigation", "main", "contentinfo"] as const)
        expect(await page.getByRole(landmark).count()).to.equal(1);
      await page.close();
    });

    it(`fits a telephone, and paper: ${command}`, async () => {
      const { page } = await open(browser, fileOf(command), { viewport: { width: 360, height: 700 } });
      await openAll(page);
      expect(await page.evaluate("document.scrollingElement.scrollWidth")).to.equal(360);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await page.getByRole("navigation").isVisible()).to.equal(false);
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).to.equal("rgb(255, 255, 255)");
      expect((await page.pdf()).length).to.be.greaterThan(10_000);
      await page.close();
    });
  }

  it("saves every figure as a picture that stands alone, its letters apart from each other", async () => {
    for (const command of ["chips", "run", "front"]) {
      const { page, complaints } = await open(browser, fileOf(command), { acceptDownloads: true });
      await openAll(page);
      expect(await page.evaluate(OVERLAPS), command).to.deep.equal([]);
      const buttons = page.getByRole("button", { name: "Save as SVG" });
      const figures = await page.locator("figure").count();
      expect(await buttons.count(), command).to.equal(figures);
      for (let i = 0; i < figures; i++) {
        const download = page.waitForEvent("download");
        await buttons.nth(i).click();
        // Chromium drops downloads beyond ten a second.
        await page.waitForTimeout(120);
        const svg = readFileSync(await (await download).path(), "utf8");
        expect(
          svg.startsWith("<svg ") && svg.includes('xmlns="http://www.w3.org/2000/svg"'),
          svg.slice(0, 200),
        ).to.equal(true);
        expect(svg).not.to.match(/var\(|currentColor|undefined|NaN/);
      }
      expect(complaints).to.deep.equal([]);
      await page.close();
    }
  });

  it("is worked by keyboard alone, from the skip link on", async () => {
    const { page, complaints } = await open(browser, fileOf("map"), { acceptDownloads: true });
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).to.equal("Skip to the figures");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("location.hash")).to.equal("#main");
    const numbers = page.locator("#energy details");
    await tabTo(page, "#energy summary");
    await page.keyboard.press("Enter");
    expect(await numbers.getAttribute("open")).to.equal("");
    await tabTo(page, "#energy .save");
    const download = page.waitForEvent("download");
    await page.keyboard.press("Enter");
    const svg = readFileSync(await (await download).path(), "utf8");
    expect((await download).suggestedFilename()).to.equal("energy.svg");
    expect(svg)
      .to.match(/^<svg [\s\S]*<\/svg>$/)
      .and.not.to.match(/var\(|currentColor|undefined|NaN/);
    await tabTo(page, ".layers > details:last-child > summary");
    await page.keyboard.press("Space");
    expect(complaints).to.deep.equal([]);
    await page.close();
  });

  it("shows the numbers of a front by keyboard alone", async () => {
    const { page, complaints } = await open(browser, fileOf("front"));
    await tabTo(page, "#front-1 summary");
    await page.keyboard.press("Enter");
    expect(await page.locator("#front-1 details").getAttribute("open")).to.equal("");
    await tabTo(page, "#front-1 .save");
    expect(complaints).to.deep.equal([]);
    await page.close();
  });

  it("is light or dark as the reader likes, with letters that stand out", async () => {
    for (const command of ["map", "rough"])
      for (const colorScheme of ["light", "dark"] as const) {
        const { page } = await open(browser, fileOf(command), { colorScheme });
        const before = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        expect(await page.evaluate(CONTRASTS)).to.deep.equal([]);
        await page.getByRole("button", { name: colorScheme === "light" ? "Dark page" : "Light page" }).click();
        expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).not.to.equal(before);
        expect(await page.evaluate(CONTRASTS)).to.deep.equal([]);
        await page.close();
      }
  });
});

/** What is used of an element of the page; the compiler knows no browser. */
interface Element {
  readonly value: string;
  readonly textContent: string;
  querySelectorAll(selector: string): Iterable<Element>;
}

/** The exact numbers in the columns of a table, row by row, its last row of sums included. */
async function numbersOf(table: Locator, columns: readonly string[]): Promise<readonly (readonly number[])[]> {
  const cells = await table.evaluate((element: Element) =>
    [...element.querySelectorAll("tr")].map((row) =>
      [...row.querySelectorAll("th, td")].map((one) => [...one.querySelectorAll("data")][0]?.value ?? one.textContent),
    ),
  );
  const [head = [], ...rows] = cells;
  const places = columns.map((name) => head.indexOf(name));
  return rows.map((row) => places.map((place) => Number(row[place]?.replaceAll(",", ""))));
}

function cyclesOf({ machineCycles, timing }: LayerResult): readonly (number | undefined)[] {
  return [machineCycles, timing?.computing, timing?.startUp, timing?.stalled, timing?.finalDrain];
}

const accesses = ({ levels }: LayerResult): readonly (readonly number[])[] =>
  levels.flatMap(({ tensors }) =>
    Object.values(tensors).map((t) => [t.tileWords, t.fills, t.reads, t.updates, t.drains, t.energy_pJ]),
  );

async function openAll(page: Page): Promise<void> {
  await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
}

/** Presses Tab until the element has the focus; whatever has it on the way must have a name and show that it has it. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(FOCUS)).to.equal("seen and named");
    if (await page.evaluate(`document.activeElement === document.querySelector(${JSON.stringify(selector)})`)) return;
  }
  expect.fail(`${selector} is not reached by Tab`);
}

const FOCUS = `(() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const named = (one.getAttribute("aria-label") ?? one.textContent).trim() !== "";
  return (seen ? "seen" : "unseen") + " and " + (named ? "named" : "nameless") + (seen && named ? "" : ": " + one.outerHTML.slice(0, 200));
})()`;

/** What stands in the way of assistive software. */
const FAULTS = `(() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  for (const svg of all("svg")) if (svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label")) faults.push("an svg without a name");
  for (const table of all("table")) {
    if (!table.caption?.textContent) faults.push("a table without a caption");
    for (const head of table.querySelectorAll("th")) if (!head.scope) faults.push("a heading cell without its scope");
  }
  for (const figure of all("figure")) if (!figure.querySelector("figcaption")) faults.push("a figure without a caption");
  const ids = all("[id]").map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push("an id twice: " + id);
  for (const link of all('a[href^="#"]')) if (!ids.includes(link.hash.slice(1))) faults.push("a link to nowhere: " + link.hash);
  let level = 1;
  for (const heading of all("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push("a heading too deep: " + heading.textContent);
    level = own;
  }
  if (all("h1").length !== 1 || document.documentElement.lang !== "en") faults.push("no title or language");
  return faults;
})()`;

/** Texts of a figure that lie upon each other; slanted ones aside, whose boxes say little. */
const OVERLAPS = `(() => {
  const lies = [];
  const meets = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2.5;
  for (const svg of document.querySelectorAll("figure svg")) {
    const texts = [...svg.querySelectorAll("text")].filter((one) => !/rotate/.test(one.getAttribute("transform") ?? "") && one.textContent.trim() !== "");
    const boxes = texts.map((one) => one.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++)
      if (meets(boxes[i], boxes[j])) lies.push(svg.closest("figure").id + ": " + texts[j].textContent + " / " + texts[i].textContent);
  }
  return lies.slice(0, 10);
})()`;

/** Texts whose contrast with the page is below 4.5 (WCAG AA). */
const CONTRASTS = `(() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  const contrast = (one) => { const own = luminance(one); return (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05); };
  const texts = [...document.querySelectorAll("h1, h2, p, td, th, figcaption, summary, a, button, dt, small, footer, text")];
  return texts.filter((one) => one.tagName === "text" ? contrast(getComputedStyle(one).fill) < 4.5 : contrast(getComputedStyle(one).color) < 4.5)
    .map((one) => one.tagName + " " + one.textContent).slice(0, 10);
})()`;
