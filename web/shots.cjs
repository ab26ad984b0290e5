// Takes the pictures of a run's page that the guide shows: `node shots.cjs path/to/report.html docs/img`.
const { chromium } = require("playwright-core");
const fs = require("fs");

(async () => {
  const [file, folder] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
  const open = async (width, height) => {
    const page = await browser.newPage({ viewport: { width, height } });
    await page.goto(`file://${fs.realpathSync(file)}`);
    await page.waitForSelector("#chance svg");
    return page;
  };
  const wide = await open(1440, 900);
  await wide.screenshot({ path: `${folder}/report-top.png` });
  await (await wide.$("#dollar")).screenshot({ path: `${folder}/report-dollar.png` });
  await (await wide.$("#money")).screenshot({ path: `${folder}/report-money.png` });
  const phone = await open(390, 844);
  await phone.screenshot({ path: `${folder}/report-phone.png` });
  await browser.close();
})();
