// What a journey knows of the running shop: written by the Rust test that started it.
import fs from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { AxeBuilder } from '@axe-core/playwright';

export const shop = JSON.parse(fs.readFileSync(process.env.CABAS_SHOP, 'utf8'));

/** The screens of the tills. */
export const SIZES = [{ width: 1080, height: 1920 }, { width: 1366, height: 768 }];

/** No violation of any rule of axe-core on the page as it stands: WCAG A and AA, best practices, and the size of targets. */
export async function accessible(page) {
  const found = await new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } }).analyze();
  // One walk finds everything that is wrong.
  expect.soft(found.violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
}

/** The same on the screen of every till; nothing is wider than the screen. */
export async function accessibleAtEverySize(page) {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await accessible(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  }
}

/** On the screen of every till whatever is touched is as large as a finger, and so far from the next that no finger meets both. */
export async function apart(page, where = 'main') {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    const places = await page.locator(`${where} :is(a, button, input, select, summary):visible`).evaluateAll((all) => all.map((target) => {
      const { left, right, top, bottom } = target.getBoundingClientRect();
      return { left, right, top, bottom, id: target.id || target.outerHTML };
    }));
    const small = places.filter(({ left, right, top, bottom }) => Math.min(right - left, bottom - top) < 44).map((one) => one.id);
    const gap = (from, to) => Math.max(from.left - to.right, to.left - from.right, from.top - to.bottom, to.top - from.bottom);
    const near = places.flatMap((one, at) => places.slice(at + 1).filter((other) => gap(one, other) < 8).map((other) => `${one.id} ${other.id}`));
    expect({ small, near }).toEqual({ small: [], near: [] });
  }
}

/** A scanner is a keyboard that ends with Enter, wherever the focus is. */
export async function scan(page, code) {
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
}

/** A picture for the documents, when they are wanted. */
export async function picture(page, name) {
  if (process.env.CABAS_SCREENSHOTS) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: path.join(process.env.CABAS_SCREENSHOTS, `${name}.png`) });
  }
}

export async function signIn(page, role) {
  const account = shop.staff.find((candidate) => candidate.role === role);
  await page.goto(`${shop.portal}sign-in`);
  await page.locator('[name=login]').fill(account.login);
  await page.locator('[name=password]').fill(account.password);
  await accessible(page);
  await page.locator('main [type=submit], main button').first().click();
  await expect(page).not.toHaveURL(/sign-in/);
}

/** Waits for the mail to this address whose Message-ID begins so, and gives its text and HTML parts back. */
export async function mail(address, beginning) {
  let found;
  await expect.poll(() => {
    for (const name of fs.readdirSync(shop.mails)) {
      const raw = fs.readFileSync(path.join(shop.mails, name), 'utf8');
      if (raw.includes(`To: `) && raw.includes(address) && raw.includes(`<${beginning}.`)) {
        found = raw;
        return true;
      }
    }
    return false;
  }).toBe(true);
  return found;
}

/** The first link of a mail whose path begins so. */
export function link(raw, beginning) {
  const text = raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
  const start = `${shop.portal.replace(/\/$/, '')}${beginning}`;
  const at = text.indexOf(start);
  expect(at, `a link ${beginning} in the mail`).toBeGreaterThan(0);
  return text.slice(at).match(/^[A-Za-z0-9:/._-]+/)[0].replace(/\.$/, '');
}

/** The HTML part of a mail, for a look at it. */
export function html(raw) {
  const [, rest] = raw.split(/Content-Type: text\/html[^\n]*\n/);
  const [head, ...body] = rest.split(/\r?\n\r?\n/);
  const boundary = raw.match(/boundary="([^"]+)"[\s\S]*boundary="([^"]+)"/)?.[2];
  const part = body.join('\n\n').split(`--${boundary}`)[0];
  if (/base64/i.test(head)) {
    return Buffer.from(part.replace(/\s/g, ''), 'base64').toString('utf8');
  }
  const bytes = part.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return /quoted-printable/i.test(head) ? Buffer.from(bytes, 'latin1').toString('utf8') : part;
}
