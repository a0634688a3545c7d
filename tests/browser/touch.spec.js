// A shopper with a finger and no keyboard: what has to be typed is typed on the screen.
import { test, expect } from '@playwright/test';
import { SIZES, accessibleAtEverySize, apart, shop } from './shop.js';

const ADDRESS = 'lea_d.unique-1@gmail.com';

test('an address is typed by touch alone', async ({ browser }) => {
  const till = await (await browser.newContext({ viewport: SIZES[0], hasTouch: true })).newPage();
  const keyboard = till.locator('#keyboard');
  await till.goto(shop.kiosk);
  await expect(keyboard).toBeHidden();
  await till.locator('#code').tap();
  await accessibleAtEverySize(till);
  await apart(till, '#keyboard');
  await seen(till, '#code');
  await type(till, shop.other.code);
  await till.locator('#scan button').tap();
  await expect(till.locator('main tbody tr')).toHaveCount(1);

  await till.locator('#pay').tap();
  await till.locator('#receipt-email').tap();
  await till.locator('#email').tap();
  await accessibleAtEverySize(till);
  await apart(till, '#keyboard');
  await seen(till, '#email');
  await type(till, `${ADDRESS}+`);
  await till.locator('#keyboard [data-key=erase]').tap();
  await expect(till.locator('#email')).toHaveValue(ADDRESS);
  await till.locator('#email-go-on').tap();
  await expect(till.locator('main.email-confirm')).toContainText(ADDRESS);
  await expect(keyboard).toBeHidden();

  // Whoever has a keyboard, or a scanner, needs no other.
  await till.locator('#again').tap();
  await till.locator('#email').tap();
  await expect(keyboard).toBeVisible();
  await till.keyboard.press('x');
  await expect(keyboard).toBeHidden();
  await expect(till.locator('#email')).toHaveValue('x');

  await till.goto(shop.kiosk);
  await till.locator('#give-up').tap();
  await till.locator('form[action="/cancel"] button').tap();
  await expect(till.locator('main.idle')).toBeVisible();
  // A search has letters, a sign and a space; and the keys are in the language of the page.
  await till.locator('#language').tap();
  await till.locator('#no-code').tap();
  await till.locator('#search').tap();
  await expect(till.getByRole('button', { name: 'Done', exact: true })).toBeVisible();
  await accessibleAtEverySize(till);
  await apart(till, '#keyboard');
  await type(till, "l'ail rose");
  await expect(till.locator('#search')).toHaveValue("l'ail rose");
  await till.locator('#keyboard [data-key=done]').tap();
  await expect(keyboard).toBeHidden();
  await till.locator('#back').tap();
  await till.locator('#language').tap();
  await expect(till.locator('html')).toHaveAttribute('lang', 'fr');
});

test('the code of the attendants is typed by touch', async ({ browser }) => {
  const till = await (await browser.newContext({ viewport: SIZES[0], hasTouch: true })).newPage();
  const capitals = till.locator('#keyboard [data-key=capitals]');
  const code = till.locator('#attendant-code');
  await till.goto(`${shop.kiosk}refunds`);
  await code.tap();
  await accessibleAtEverySize(till);
  await apart(till, '#keyboard');
  await seen(till, '#attendant-code');
  // A shop may choose a code of letters, capitals and digits.
  await type(till, 'ab');
  await capitals.tap();
  await expect(capitals).toHaveAttribute('aria-pressed', 'true');
  await accessibleAtEverySize(till);
  await type(till, 'CD-');
  await capitals.tap();
  await type(till, 'e9');
  await expect(code).toHaveValue('abCD-e9');

  // With that of this shop the till asks for the credit note, which nobody has.
  await till.goto(`${shop.kiosk}refunds`);
  await till.locator('#number').tap();
  await expect(capitals).toHaveCount(0);
  await type(till, '999999');
  await code.tap();
  await type(till, shop.attendantCode);
  await expect(code).toHaveValue(shop.attendantCode);
  await till.locator('#refund').tap();
  await expect(till.locator('.notice')).toHaveText('Ce magasin n’a pas d’avoir de ce numéro.');
});

async function type(page, text) {
  for (const letter of text) await page.locator(`#keyboard [data-key="${letter}"]`).tap();
}

/** The keys do not hide the field that they type into, on the screen of any till. */
async function seen(page, selector) {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await expect(async () => {
      const [field, keys] = [await page.locator(selector).boundingBox(), await page.locator('#keyboard').boundingBox()];
      expect(field.y).toBeGreaterThanOrEqual(0);
      expect(field.y + field.height).toBeLessThanOrEqual(keys.y);
      expect(keys.y + keys.height).toBeLessThanOrEqual(size.height);
    }).toPass();
  }
}
