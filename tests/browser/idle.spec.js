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
