// Tests a report from disk in headless Chromium, without network: `node check.cjs path/to/report.html shots/report`.
// Fails on console errors, on content wider than the window, on a control without effect, and on serious findings of axe.
const { chromium } = require("playwright-core");
const fs = require("fs");

(async () => {
  const [file, shots] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
  const faults = [];
  for (const [width, colorScheme] of [[1440, "light"], [390, "light"], [1440, "dark"]]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true });
    const page = await context.newPage();
    const fault = (text) => faults.push(`${width} ${colorScheme}: ${text}`);
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) fault(message.text()); });
    page.on("pageerror", (error) => fault(String(error)));
    const start = Date.now();
    await page.goto(`file://${fs.realpathSync(file)}`);
    await page.waitForSelector("figure svg, figure table");
    console.log(`${width} ${colorScheme}: drawn in ${Date.now() - start} ms`);
    await page.screenshot({ path: `${shots}-${width}-${colorScheme}.png`, fullPage: true });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (beyond > 0) fault(`${beyond} px wider than the window`);
    await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const { impact, id, nodes } of violations) {
      const text = `axe ${impact}: ${id}, ${nodes.length} times, first ${nodes[0].html.slice(0, 120)}`;
      if (["serious", "critical"].includes(impact)) fault(text); else console.log(text);
    }
    if (width === 1440 && colorScheme === "light") await work(page, fault);
    await context.close();
  }
  await browser.close();
  faults.forEach((text) => console.error(text));
  process.exit(faults.length ? 1 : 0);
})();

/** Operates every control: each choice must draw without error, each input must change the text, each heading must sort, each button must give a file. */
async function work(page, fault) {
  for (const select of await page.$$("figure select")) {
    const values = await select.$$eval("option", (options) => options.map((option) => option.value));
    for (const value of [...values, values[0]]) await select.selectOption(value);
  }
  for (const input of await page.$$("figure input")) {
    const said = () => input.evaluate((node) => node.closest("figure").querySelector("[aria-live]").textContent);
    const before = await said();
    await input.fill((await input.getAttribute("type")) === "number" ? "123.456" : "zz nothing");
    if ((await said()) === before) fault(`an input that changes nothing: ${await input.evaluate((node) => node.closest("figure").id)}`);
    if ((await input.getAttribute("type")) === "search") await input.fill("");
  }
  for (const head of await page.$$("figure.table th button")) {
    await head.click();
    if (!(await head.evaluate((node) => node.parentElement.getAttribute("aria-sort")))) fault("a heading that does not sort");
  }
  for (const button of await page.$$(".tools button")) {
    const name = await button.textContent();
    if (name === "Data") {
      await button.click();
      if (await button.evaluate((node) => node.closest("figure").querySelector(".scroll").hidden)) fault("data that stay hidden");
      continue;
    }
    const [download] = await Promise.all([page.waitForEvent("download", { timeout: 10000 }).catch(() => null), button.click()]);
    if (!download || fs.statSync(await download.path()).size < 20) fault(`${await button.getAttribute("aria-label")} gives no file`);
    await page.waitForTimeout(60);
  }
  if (!(await page.$("#filter"))) return;
  await page.fill("#filter", "take_rate");
  const found = await page.$eval("#parameters .note", (node) => node.textContent);
  if (found.startsWith("0 ")) fault("the search finds nothing");
}
