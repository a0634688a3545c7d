// A shopper and an attendant with the keyboard alone, in English: from the first scan over an age check, a drawn basket, a refused
// card and a payment that nobody knows of, to the ticket.
import { test, expect } from '@playwright/test';
import { SIZES, accessibleAtEverySize, picture, scan, shop, signIn } from './shop.js';

/** A code that is well formed, and of no product. */
const UNKNOWN = '4006381333931';
/** No page has more places for the focus. */
const MOST_PLACES = 80;

test('a shopper and an attendant need no pointer, and read English', async ({ browser }) => {
  const team = await (await browser.newContext({ viewport: SIZES[1], locale: 'en-GB' })).newPage();
  await signIn(team, 'attendant');
  await team.goto(`${shop.portal}tills`);
  const till = await (await browser.newContext({ viewport: SIZES[0] })).newPage();
  await till.goto(shop.kiosk);
  await press(till, '#language');
  await expect(till.locator('html')).toHaveAttribute('lang', 'en');
  await accessibleAtEverySize(till);
  await fill(till);
  await help(till, team);
  await allow(till, team);
  await outcomes(till, team);
});

/** Goes on with Tab until the element has the focus, and shows where that is; what is not reached ends the walk. */
async function reach(page, selector) {
  const element = page.locator(selector).first();
  await expect(element).toBeVisible();
  for (let place = 0; place < MOST_PLACES; place += 1) {
    if (await element.evaluate((candidate) => candidate === document.activeElement)) {
      const ring = await element.evaluate((focused) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      });
      expect(ring, `the focus is seen on ${selector}`).toBe(true);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`no key leads to ${selector}`);
}

async function press(page, selector) {
  await reach(page, selector);
  await page.keyboard.press('Enter');
}

async function type(page, selector, text) {
  await reach(page, selector);
  await page.keyboard.type(text, { delay: 50 });
  await page.keyboard.press('Enter');
}

/** Codes, the search, one more and one less, a code that nobody knows, and a basket that is not given up after all. */
async function fill(till) {
  await type(till, '#code', shop.other.code);
  await expect(till.locator('main tbody tr')).toHaveCount(1);
  await press(till, '[id^=more-]');
  await expect(till.locator('.count').first()).toHaveText('2');
  await press(till, '[id^=less-]');
  await expect(till.locator('.count').first()).toHaveText('1');
  await press(till, '#no-code');
  await type(till, '#search', shop.weighed.name);
  await expect(till.locator('main')).toContainText(shop.weighed.name);
  await accessibleAtEverySize(till);
  await press(till, 'form[action="/weigh"] button');
  await expect(till.locator('#gross')).toBeVisible();
  await accessibleAtEverySize(till);
  await type(till, '#gross', '250');
  await expect(till.locator('main tbody tr')).toHaveCount(2);
  await type(till, '#code', UNKNOWN);
  await expect(till.locator('.unknown')).toContainText(UNKNOWN);
  await accessibleAtEverySize(till);
  await press(till, '[id^=set-aside-]');
  await expect(till.locator('.unknown')).toHaveCount(0);
  await press(till, '#give-up');
  await expect(till.locator('form[action="/cancel"] button')).toBeVisible();
  await press(till, '#give-up');
}

async function help(till, team) {
  await press(till, '#help');
  await expect(till.locator('.called')).toBeVisible();
  await accessibleAtEverySize(till);
  await press(team, '[id^=done-]');
  await expect(till.locator('.called')).toHaveCount(0);
}

/** Goods for adults, in a basket that was drawn: neither is paid before an attendant has said so. */
async function allow(till, team) {
  await scan(till, shop.restricted.code);
  await expect(till.locator('.waits')).toHaveCount(1);
  await accessibleAtEverySize(till);
  await accessibleAtEverySize(team);
  await picture(till, 'age');
  await press(team, '[id^=approve-]');
  await expect(till.locator('.waits')).toHaveCount(0);
  await pay(till);
  await expect(till.locator('.waits')).toHaveCount(1);
  await accessibleAtEverySize(till);
  await expect(team.locator('.call')).toHaveCount(1);
  await accessibleAtEverySize(team);
  await picture(till, 'audit');
  await picture(team, 'attendant-audit');
  await press(team, '[id^=approve-]');
  await expect(till.locator('.waits')).toHaveCount(0);
}

async function pay(till) {
  await press(till, '#pay');
  await expect(till.locator('#receipt-none')).toBeVisible();
  await accessibleAtEverySize(till);
  await press(till, '#receipt-none');
}

/** The card is refused, then the shopper thinks better of it, then the line is cut after the approval. */
async function outcomes(till, team) {
  for (const _ of ['refused', 'abandoned']) {
    await pay(till);
    await expect(till.locator('.slip pre')).not.toBeEmpty();
    await accessibleAtEverySize(till);
  }
  await pay(till);
  await expect(till.locator('main.attendant')).toBeVisible();
  await accessibleAtEverySize(till);
  await accessibleAtEverySize(team);
  await reach(team, '[id^=last4-]');
  await team.keyboard.type('0674');
  await press(team, '[id^=approve-]');
  await expect(till.locator('#next')).toBeVisible();
  await accessibleAtEverySize(till);
  await press(till, '#next');
  await expect(till.locator('main.idle')).toBeVisible();
}
