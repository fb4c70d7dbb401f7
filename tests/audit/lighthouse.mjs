// Lighthouse as on a phone, in one Chromium: `node lighthouse.mjs BASE RUNS PATH...`
// Prints one line of JSON per run: {path, scores: {category: 0 to 100}, failed: [audit ids]}.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [base, runs, ...paths] = process.argv.slice(2);
const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] });
const flags = {
  port: chrome.port,
  logLevel: "error",
  onlyCategories: ["performance", "accessibility", "best-practices", "seo"],
  disableFullPageScreenshot: true,
  maxWaitForLoad: 20_000,
};

// "noindex" is meant where it stands; without that audit the weights of the others remain.
function score(category, audits, asksNotToBeIndexed) {
  const counted = category.auditRefs.filter(
    ({ id, weight }) =>
      weight && audits[id].score !== null && !(asksNotToBeIndexed && id === "is-crawlable"),
  );
  const whole = counted.reduce((sum, { weight }) => sum + weight, 0);
  return Math.floor((100 * counted.reduce((sum, { id, weight }) => sum + weight * audits[id].score, 0)) / whole + 0.5);
}

try {
  for (const path of paths) {
    const page = await (await fetch(base + path)).text();
    const asksNotToBeIndexed = /<meta name="robots" content="noindex/.test(page);
    for (let run = 0; run < runs; run++) {
      const { lhr } = await lighthouse(base + path, flags);
      if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
      const scores = {};
      const failed = new Set();
      for (const [name, category] of Object.entries(lhr.categories)) {
        scores[name] = score(category, lhr.audits, asksNotToBeIndexed);
        for (const { id, weight } of category.auditRefs) {
          if (weight && lhr.audits[id].score !== null && lhr.audits[id].score < 1) failed.add(id);
        }
      }
      console.log(JSON.stringify({ path, scores, failed: [...failed] }));
    }
  }
} finally {
  await chrome.kill();
}
