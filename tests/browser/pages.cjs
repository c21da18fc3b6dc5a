// Opens pages in Chromium and tells what is wrong with them, as JSON: for every file its problems, and
// how often each interaction was tried (a page without charts tries no hover).
//
// node pages.cjs CHROMIUM FILE...          pages that hold to all rules
// node pages.cjs CHROMIUM --attack FILE... pages whose template tries to run scripts: nothing may run
"use strict";
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");
const axe = require("axe-core");

const [executablePath, ...rest] = process.argv.slice(2);
const attack = rest[0] === "--attack";
const files = attack ? rest.slice(1) : rest;
const WIDTHS = [390, 1280];
const SCHEMES = ["light", "dark"];

main().catch(error => {
  console.error(error);
  process.exit(1);
});

async function main() {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const reports = [];
  for (const file of files) {
    const report = { file: path.basename(file), problems: [], tried: {} };
    const url = pathToFileURL(path.resolve(file)).href;
    if (attack) await runsNothing(browser, url, report);
    else await check(browser, url, report, reports.length < 2);
    reports.push(report);
  }
  await browser.close();
  console.log(JSON.stringify(reports, null, 1));
}

async function check(browser, url, report, thorough) {
  for (const [at, width] of WIDTHS.entries()) {
    // The same styles make all pages: after two of them, one of the schemes for each width will do.
    const schemes = thorough ? SCHEMES : [SCHEMES[at]];
    for (const colorScheme of schemes) await looks(browser, url, report, width, colorScheme);
  }
  await interacts(browser, url, report);
  await worksWithoutScript(browser, url, report);
  await prints(browser, url, report);
}

// A page that was opened, in a context of its own; everything that it does besides is a problem.
async function open(browser, url, report, options, allow = () => false) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  // Machines that build something else beside may be slow.
  context.setDefaultTimeout(180_000);
  const page = await context.newPage();
  const problem = text => {
    if (!allow(text)) report.problems.push(text);
  };
  const isOther = request => request.url() !== url && !request.url().startsWith("data:");
  page.on("request", request => {
    if (isOther(request) && !attack) problem(`requests ${request.url()}`);
  });
  // An attack asks for things; none of its requests may get past the page's policy.
  page.on("requestfinished", request => {
    if (isOther(request)) problem(`fetched ${request.url()}`);
  });
  page.on("requestfailed", request => {
    const reason = request.failure().errorText;
    if (isOther(request) && !/csp|BLOCKED_BY_CSP/.test(reason)) problem(`asked for ${request.url()}: ${reason}`);
  });
  page.on("console", message => problem(`says in the console: ${message.text()}`));
  page.on("pageerror", error => problem(`script fails: ${error.message}`));
  page.on("dialog", dialog => {
    report.problems.push(`opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

async function looks(browser, url, report, width, colorScheme) {
  const viewport = { width, height: 900 };
  // axe-core itself is a script that the page's policy would refuse.
  const bypassing = await open(browser, url, report, { viewport, colorScheme, bypassCSP: true });
  await noSidewaysScrolling(bypassing, report, `${width} px, ${colorScheme}`);
  await bypassing.evaluate(axe.source);
  const { violations, passes } = await bypassing.evaluate(() => window.axe.run());
  if (passes.length < 10) report.problems.push(`axe-core made only ${passes.length} checks`);
  for (const { id, impact, help, nodes } of violations) {
    if (!["serious", "critical"].includes(impact)) continue;
    report.problems.push(`${impact} (${width} px, ${colorScheme}): ${id}, ${help}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`);
  }
  count(report, "axe");
  await bypassing.context().close();
}

async function noSidewaysScrolling(page, report, when) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (inner > outer) report.problems.push(`is ${inner} px wide on ${outer} px (${when})`);
}

async function interacts(browser, url, report) {
  const page = await open(browser, url, report, {});
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.getAttribute("href"));
  if (first !== "#main") report.problems.push(`the first stop of the keyboard is ${first}, not the skip link`);
  for (const table of await page.$$("table[data-interactive]")) {
    await sorts(table, report);
    await searches(page, table, report);
  }
  const form = await page.$("#search");
  if (form) await finds(page, form, report);
  for (const figure of await page.$$("figure")) {
    await showsValues(page, figure, report);
    await togglesSeries(page, figure, report);
  }
  await page.context().close();
}

// The search of a site: everybody is found by the beginning of their name, and the link leads somewhere.
async function finds(page, form, report) {
  const known = await page.$eval("#search-data", data => JSON.parse(data.textContent));
  for (const one of known.slice(0, 3)) {
    await form.$eval("input", (input, text) => (input.value = text), one.name);
    await (await form.$("input")).dispatchEvent("input");
    const targets = await form.$$eval("a", links => links.map(link => link.getAttribute("href")));
    if (!targets.includes(one.target)) report.problems.push(`a search for ${one.name} finds ${targets}`);
    count(report, "find");
  }
  await (await form.$("input")).fill("nobody is called so \u2603");
  if (await form.$("a")) report.problems.push("a search for nobody finds somebody");
}

async function sorts(table, report) {
  const columns = await table.$$("thead th");
  for (const [at, head] of columns.entries()) {
    const isNumber = await table.evaluate((table, at) => table.classList.contains(`n${at + 1}`), at);
    for (const expected of isNumber ? ["descending", "ascending"] : ["ascending", "descending"]) {
      await (await head.$("button")).click();
      const sorted = await head.getAttribute("aria-sort");
      const others = await table.$$eval("th[aria-sort]", heads => heads.length);
      if (sorted !== expected || others !== 1) report.problems.push(`column ${at}: aria-sort ${sorted}, ${others} columns`);
      if (isNumber) {
        const cells = await table.$$eval("tbody tr", (rows, at) => rows.map(row => row.cells[at].textContent), at);
        const numbers = cells.map(cell => (cell.startsWith("<") ? parseFloat(cell.slice(1)) / 2 : parseFloat(cell))).filter(number => !isNaN(number));
        const right = numbers.every((number, place) => !place || (expected === "ascending" ? numbers[place - 1] <= number : numbers[place - 1] >= number));
        if (!right) report.problems.push(`column ${at} is not sorted ${expected}: ${numbers.slice(0, 10)}`);
      }
      count(report, "sort");
    }
  }
}

async function searches(page, table, report) {
  const controls = await table.evaluateHandle(table => table.parentElement.previousElementSibling);
  const input = await controls.$("input[type=search]");
  const name = await table.$eval("tbody tr:last-child", row => row.cells[0].textContent);
  const all = await table.$$eval("tbody tr", rows => rows.length);
  await input.fill(name);
  const shown = await table.$$eval("tbody tr", rows => rows.filter(row => row.checkVisibility()).map(row => row.textContent));
  const told = await controls.$eval("output", output => output.textContent);
  const wanted = name.trim().toLowerCase();
  if (!shown.length || !shown.every(text => text.toLowerCase().includes(wanted))) report.problems.push(`search for ${name} shows ${shown}`);
  if (wanted && told !== `${shown.length} of ${all} rows`) report.problems.push(`search for ${name} says ${told}`);
  await input.fill("no such recipient \u2603");
  const none = await table.$$eval("tbody tr", rows => rows.filter(row => row.checkVisibility()).length);
  if (none) report.problems.push("a search for nothing that is there shows rows");
  await input.fill("");
  const again = await table.$$eval("tbody tr", rows => rows.filter(row => row.checkVisibility()).length);
  if (again !== all) report.problems.push(`an emptied search shows ${again} of ${all} rows`);
  count(report, "search");
}

async function showsValues(page, figure, report) {
  const marks = await figure.$$("svg > * title");
  for (const title of marks.slice(0, 3)) {
    const mark = await title.evaluateHandle(title => title.parentElement);
    const expected = await title.evaluate(title => title.textContent);
    await mark.dispatchEvent("pointerover", { bubbles: true });
    const value = await figure.$eval(".value", value => value.textContent);
    if (value !== expected) report.problems.push(`a mark of ${expected} shows ${value}`);
    count(report, "hover");
  }
}

async function togglesSeries(page, figure, report) {
  for (const button of await figure.$$(".legend button")) {
    const hidden = () => figure.$$eval("svg .off", marks => marks.length);
    const before = await hidden();
    await button.click();
    const [pressed, after] = [await button.getAttribute("aria-pressed"), await hidden()];
    if (pressed !== "false" || after <= before) report.problems.push(`legend: pressed ${pressed}, ${after} marks are hidden, were ${before}`);
    await button.click();
    if ((await button.getAttribute("aria-pressed")) !== "true" || (await hidden()) !== before) report.problems.push("legend: a second press does not show the series again");
    count(report, "legend");
  }
}

async function worksWithoutScript(browser, url, report) {
  const page = await open(browser, url, report, { javaScriptEnabled: false });
  const controls = await page.locator(".controls, .value, th button, #search:not([hidden])").count();
  if (controls) report.problems.push(`${controls} controls without a script`);
  for (const selector of ["h1", "h2", ".caption", "tbody tr", "figure svg", "figcaption"]) {
    const hidden = await page.$$eval(`main ${selector}, header ${selector}`, elements =>
      elements.filter(element => !element.closest("details") && !element.checkVisibility()).length);
    if (hidden) report.problems.push(`${hidden} of ${selector} are not visible without a script`);
  }
  for (const details of (await page.locator("details").all()).slice(0, 2)) {
    await details.locator("summary").click();
    if (!(await details.locator("table").isVisible())) report.problems.push("numbers of a chart do not open without a script");
    count(report, "details");
  }
  count(report, "without script");
  await page.context().close();
}

async function prints(browser, url, report) {
  const page = await open(browser, url, report, { viewport: { width: 700, height: 900 } });
  await page.emulateMedia({ media: "print" });
  if (await page.locator("nav").isVisible()) report.problems.push("prints its contents list");
  const pdf = await page.pdf({ format: "A4" });
  if (pdf.subarray(0, 5).toString() !== "%PDF-" || pdf.length < 5000) report.problems.push(`prints ${pdf.length} bytes`);
  count(report, "print");
  await page.context().close();
}

// Whatever a ledger's own template holds, no script of it runs, and nothing is fetched.
async function runsNothing(browser, url, report) {
  let refused = 0;
  const allow = text => {
    const isRefusal = text.includes("Content Security Policy");
    refused += isRefusal;
    return isRefusal;
  };
  const page = await open(browser, url, report, {}, allow);
  await page.waitForTimeout(200);
  for (const link of await page.$$("a.attack")) await link.click();
  await page.waitForTimeout(200);
  const ran = await page.evaluate(() => [window.ran, document.title]);
  if (ran[0] || ran[1] === "ran") report.problems.push("a script of the template ran");
  if (page.url().split("#")[0] !== url) report.problems.push(`went to ${page.url()}`);
  report.tried.refused = refused;
  await page.context().close();
}

function count(report, what) {
  report.tried[what] = (report.tried[what] ?? 0) + 1;
}
