// Desk → kiosk sale → mail in the sink → review link → live and supplier pages → complaint → refund at the desk; in a real browser.
import { test, expect } from '@playwright/test';
import { accessible, html, link, mail, picture, shop, signIn } from './shop.js';

const wrong = 'Le bocal était fêlé.';

const email = `camille.${Date.now()}@example.org`;

test('a member is registered, buys, reviews, and is refunded', async ({ browser }) => {
  const desk = await (await browser.newContext()).newPage();
  await signIn(desk, 'desk');
  await accessible(desk);
  const card = await register(desk);

  const till = await (await browser.newContext({ viewport: { width: 1080, height: 1920 } })).newPage();
  await buy(till, card);

  const receipt = await mail(email, 'receipt');
  await showMail(browser, receipt);

  const team = await (await browser.newContext()).newPage();
  await signIn(team, 'attendant');
  await team.goto(`${shop.portal}live/reviews`);
  await accessible(team);
  const supplier = await (await browser.newContext()).newPage();
  await signIn(supplier, 'supplier');
  await supplier.goto(`${shop.portal}supplier`);
  await accessible(supplier);
  const manager = await (await browser.newContext({ viewport: { width: 1366, height: 768 } })).newPage();
  await signIn(manager, 'manager');
  await manager.goto(`${shop.portal}dashboard`);
  await expect.poll(() => figure(manager, 'sales')).toBeGreaterThan(0);
  const revenue = await figure(manager, 'revenue');

  await review(browser, link(receipt, '/r/'));
  // Both pages move by themselves, and the supplier sees its own product alone.
  await expect(team.getByText('Croquant, on dirait la ferme.')).toBeVisible();
  await expect(team.getByText('Trop sucré à mon goût.')).toBeVisible();
  await expect(supplier.getByText('Croquant, on dirait la ferme.')).toBeVisible();
  await expect(supplier.getByText('Trop sucré à mon goût.')).toHaveCount(0);
  await picture(team, 'reviews');

  await complain(browser, link(receipt, '/s/'));
  await read(team, supplier);
  const note = await mail(email, 'credit');
  await expect.poll(() => figure(manager, 'revenue')).toBeLessThan(revenue);
  await accessible(manager);
  await picture(manager, 'dashboard');

  await payOut(desk, html(note).match(/Avoir n°\s*(\d+)/)[1]);
});

async function figure(page, id) {
  return Number(await page.locator(`#${id}`).getAttribute('value'));
}

async function register(page) {
  await page.goto(`${shop.portal}desk/members`);
  const person = {
    last_name: 'Durand', first_name: 'Camille', street: '3 rue des Tilleuls', postal_code: '59000', city: 'Lille',
    country_code: 'FR', phone: '+33199001234', email,
  };
  for (const [name, value] of Object.entries(person)) {
    await page.locator(`[name=${name}]`).fill(value);
  }
  await accessible(page);
  await page.locator('main form:has([name=email]) button').first().click();
  await expect(page).toHaveURL(/desk\/members\/[0-9a-f-]{36}/);
  await accessible(page);
  await picture(page, 'desk');
  const number = (await page.locator('main').innerText()).replace(/\s/g, '').match(/29\d{11}/);
  expect(number).not.toBeNull();
  return number[0];
}

async function buy(page, card) {
  await page.goto(shop.kiosk);
  await accessible(page);
  // A scanner is a keyboard that ends with Enter, wherever the focus is.
  await page.keyboard.type(shop.supplied.code);
  await page.keyboard.press('Enter');
  await expect(page.locator('main table')).toContainText(shop.supplied.name);
  await page.locator('#code').fill(shop.other.code);
  await page.keyboard.press('Enter');
  await expect(page.locator('main table')).toContainText(shop.other.name);
  await page.locator('[id^=more-]').first().click();
  await page.locator('#card').fill(card);
  await page.keyboard.press('Enter');
  await expect(page.locator('.member')).toContainText('Camille D.');
  await accessible(page);
  await picture(page, 'kiosk-portrait');
  await page.setViewportSize({ width: 1366, height: 768 });
  await accessible(page);
  await picture(page, 'kiosk');
  await page.locator('#pay').click();
  await expect(page.locator('#receipt-card-email')).toBeVisible();
  await accessible(page);
  await page.locator('#receipt-card-email').click();
  await expect(page.locator('#next')).toBeVisible();
  await accessible(page);
  await picture(page, 'thanks');
  await buyAsGuest(page);
}

/** A guest types an address with a slip of the finger, thinks better of it, and reads the ticket behind the code instead. */
async function buyAsGuest(page) {
  await page.locator('#next').click();
  await expect(page.locator('.legal')).toContainText('L. 541-15-10');
  await page.keyboard.type(shop.other.code);
  await page.keyboard.press('Enter');
  await expect(page.locator('main table')).toContainText(shop.other.name);
  await page.locator('#pay').click();
  await accessible(page);
  await picture(page, 'receipt');
  await page.locator('#receipt-email').click();
  await page.locator('#email').fill('camille@gmial.com');
  await accessible(page);
  await page.keyboard.press('Enter');
  await expect(page.locator('#email-meant')).toHaveText('camille@gmail.com');
  await accessible(page);
  await page.locator('#again').click();
  await page.locator('#back').click();
  await page.locator('#receipt-qr').click();
  await expect(page.locator('.code svg')).toBeVisible();
  await accessible(page);
  await picture(page, 'code');
}

async function showMail(browser, raw) {
  const page = await (await browser.newContext({ viewport: { width: 800, height: 1000 } })).newPage();
  await page.setContent(html(raw));
  await expect(page.locator('body')).toContainText(shop.other.name);
  await picture(page, 'mail');
}

/** On a phone, without JavaScript. */
async function phone(browser, address) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await expect.poll(async () => (await page.goto(address)).status()).toBe(200);
  return page;
}

/** The rules of axe-core need a script of their own, so the same address is looked at in another context. */
async function accessibleAt(browser, address) {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  await page.goto(address);
  await accessible(page);
}

async function review(browser, address) {
  const page = await phone(browser, address);
  const comments = [[shop.supplied.name, 5, 'Croquant, on dirait la ferme.'], [shop.other.name, 2, 'Trop sucré à mon goût.']];
  for (const [name, rating, comment] of comments) {
    const line = page.locator('main fieldset, main article, main li, main section').filter({ hasText: name }).last();
    await line.locator(`[name^="rating."][value="${rating}"]`).check({ force: true });
    await line.locator('[name^="comment."]').fill(comment);
  }
  await picture(page, 'review');
  await page.locator('main form button').last().click();
  await expect(page.locator('main')).toContainText(/merci/i);
  await accessibleAt(browser, address);
}

async function complain(browser, address) {
  await accessibleAt(browser, address);
  const page = await phone(browser, address);
  await page.locator('[name^="line."]').first().check({ force: true });
  await page.locator('[name=comment]').fill(wrong);
  await page.locator('main form button').last().click();
  await expect(page.locator('main')).toContainText('À rembourser');
  await page.locator('button[name=confirm]').click();
  await expect(page.locator('main')).toContainText('Merci de nous l’avoir dit');
  await picture(page, 'refund');
}

/** What was wrong is on the open pages by itself, unlike a review; the supplier reads it too, and no amount. */
async function read(team, supplier) {
  const complaint = team.locator('article.complaint');
  await expect(complaint).toContainText(wrong);
  await expect(complaint).toContainText(shop.supplied.name);
  await expect(complaint).toContainText('Réclamation');
  await expect(complaint.locator('.tag')).toHaveText('remboursé');
  await expect(complaint.locator('.amount')).toContainText('€');
  await accessible(team);
  await picture(team, 'complaint');
  await expect(supplier.locator('article.complaint')).toContainText(wrong);
  await expect(supplier.locator('article.complaint')).not.toContainText('€');
  await accessible(supplier);
  await team.reload();
  await expect(complaint).toContainText(wrong);
}

/** The desk finds the credit note by its number, pays it out with the keyboard alone, and sees afterwards that it was paid. */
async function payOut(page, number) {
  await page.goto(`${shop.portal}desk`);
  await accessible(page);
  await page.getByRole('link', { name: 'Verser un remboursement' }).click();
  await expect(page.locator('.refunds > li')).toHaveCount(1);
  await accessible(page);
  await page.locator('#number').fill(number);
  await page.keyboard.press('Enter');
  const refund = page.locator('.refunds > li');
  await expect(refund).toContainText(shop.supplied.name);
  await refund.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(refund.getByRole('button', { name: 'Oui, c’est versé' })).toBeVisible();
  await accessible(page);
  await picture(page, 'desk-refunds');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('[role=status]').first()).toHaveText('Le versement est noté.');
  await expect(page.locator('.refunds > li')).toHaveCount(0);
  await accessible(page);
  await page.locator('#number').fill(number);
  await page.keyboard.press('Enter');
  await expect(refund).toContainText('Déjà versé');
  await expect(refund.locator('summary')).toHaveCount(0);
  await accessible(page);
  await picture(page, 'desk-refund-paid');
}
