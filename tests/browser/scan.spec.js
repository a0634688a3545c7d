// How long a shopper waits for the line of a scan: from the Enter of the scanner to the row on the page.
import fs from 'node:fs';
import { test, expect } from '@playwright/test';
import { SIZES, scan, shop } from './shop.js';

const BASKETS = 10;
/** Scans before the first that counts. */
const WARM = 5;

test('a scan is shown', async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: SIZES[0] })).newPage();
  await page.goto(shop.kiosk);
  await page.evaluate(() => {
    const rows = () => document.querySelectorAll('main tbody tr').length;
    window.nextRow = () => new Promise((resolve) => {
      const before = rows();
      let pressed;
      const press = (event) => {
        if (event.key === 'Enter') pressed = performance.now();
      };
      const observer = new MutationObserver(() => {
        if (pressed === undefined || rows() <= before) return;
        resolve(performance.now() - pressed);
        observer.disconnect();
        document.removeEventListener('keydown', press, true);
      });
      document.addEventListener('keydown', press, true);
      observer.observe(document.documentElement, { childList: true, subtree: true });
    });
  });
  for (const code of shop.codes.slice(0, WARM)) await shown(page, code);
  await giveUp(page);
  const waited = [];
  for (let basket = 0; basket < BASKETS; basket += 1) {
    for (const code of shop.codes) waited.push(await shown(page, code));
    await giveUp(page);
  }
  waited.sort((one, other) => one - other);
  const share = (of) => Math.round(waited[Math.ceil(waited.length * of) - 1] * 10) / 10;
  const told = { kiosk_scan_p99_ms: share(0.99), kiosk_scan_p50_ms: share(0.5), n: waited.length };
  fs.writeFileSync(process.env.CABAS_MEASURES, JSON.stringify(told));
});

async function shown(page, code) {
  const row = page.evaluate(() => window.nextRow());
  await scan(page, code);
  return row;
}

async function giveUp(page) {
  await page.locator('#give-up').click();
  await page.locator('form[action="/cancel"] button').click();
  await expect(page.locator('main.idle')).toBeVisible();
}
