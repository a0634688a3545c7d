// A shopper who has walked away: the till asks, counts down, goes on if somebody is there, and else empties the basket and tells the team.
import { test, expect } from '@playwright/test';
import { SIZES, accessibleAtEverySize, apart, picture, scan, shop, signIn } from './shop.js';

test('who walks away is asked first, and leaves nothing to the next', async ({ browser }) => {
  const team = await (await browser.newContext({ viewport: SIZES[1] })).newPage();
  await signIn(team, 'attendant');
  await team.goto(`${shop.portal}tills`);
  const till = await (await browser.newContext({ viewport: SIZES[0] })).newPage();
  await till.goto(shop.kiosk);
  await scan(till, shop.other.code);
  const countdown = till.locator('#countdown');
  await expect(countdown).toBeVisible({ timeout: 30_000 });
  await accessibleAtEverySize(till);
  await apart(till);
  await picture(till, 'still-there');
  const first = Number(await countdown.textContent());
  await expect.poll(async () => Number(await countdown.textContent())).toBeLessThan(first);

  // Whoever is there goes on, with the basket as it was.
  await till.locator('#go-on').click();
  await expect(countdown).toHaveCount(0);
  await expect(till.locator('main tbody tr')).toHaveCount(1);

  await expect(countdown).toBeVisible({ timeout: 30_000 });
  await expect(till.locator('main.idle')).toBeVisible({ timeout: 30_000 });
  await expect(till.locator('body')).not.toContainText(shop.other.name);
  await expect(team.locator('#till-LILLE-01')).toContainText('Panier abandonné');
  await accessibleAtEverySize(team);
  await team.locator('.call button[value=done]').click();
  await expect(team.locator('.call')).toHaveCount(0);
});

test('a touch during the countdown does what was touched', async ({ browser }) => {
  const till = await (await browser.newContext({ viewport: SIZES[0] })).newPage();
  await till.goto(shop.kiosk);
  await scan(till, shop.supplied.code);
  await scan(till, shop.other.code);
  await expect(till.locator('main tbody tr')).toHaveCount(2);
  await expect(till.locator('#countdown')).toBeVisible({ timeout: 30_000 });

  // The finger is up only when the till has heard of it, has ended the countdown, and the page has asked what is to be shown.
  await till.locator('[id^=remove-]').first().hover();
  const looked = till.waitForResponse((answer) => answer.url() === shop.kiosk && answer.ok());
  await till.mouse.down();
  await (await looked).finished();
  await drawn(till);
  await till.mouse.up();
  await expect(till.locator('main tbody tr')).toHaveCount(1);
  await expect(till.locator('main tbody tr')).toContainText(shop.supplied.name);
  await expect(till.locator('#countdown')).toHaveCount(0);

  // What is opened stays open while the countdown goes.
  await expect(till.locator('#countdown')).toBeVisible({ timeout: 30_000 });
  await till.locator('#give-up').click();
  await expect(till.locator('#countdown')).toHaveCount(0);
  await till.locator('form[action="/cancel"] button').click();
  await expect(till.locator('main.idle')).toBeVisible();
});

/** What has come is on the screen, or never will be. */
async function drawn(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
