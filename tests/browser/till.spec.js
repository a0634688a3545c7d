// Every screen of a till, and the attendants' page beside them; the simulator follows the script.
import { test, expect } from '@playwright/test';
import { SIZES, accessible, accessibleAtEverySize, apart, picture, scan, shop, signIn } from './shop.js';

/** A code that is well formed, and of no product. */
const UNKNOWN = '4006381333931';

test('every screen of a till', async ({ browser }) => {
  const team = await (await browser.newContext({ viewport: SIZES[1] })).newPage();
  await signIn(team, 'attendant');
  await team.goto(`${shop.portal}tills`);
  await accessibleAtEverySize(team);
  const till = await (await browser.newContext({ viewport: SIZES[0] })).newPage();
  await till.goto(shop.kiosk);
  await accessibleAtEverySize(till);
  await look(till);
  await choose(till);
  await refused(till);
  await unknown(till, team);
  await refunds(till);
  await leaves(till);
  await called(till, team);
  await inParts(till);
  await suspended(till, team);
  await paidAsGuest(browser, till);
  await locked(till, team);
  await trains(browser, till);
});

/** Tiles, search and weight: nothing that is typed stands in an address, and a page is not taken away from who uses it. */
async function look(page) {
  await page.locator('#no-code').click();
  await expect(page.locator('#search')).toBeVisible();
  await accessibleAtEverySize(page);
  await page.locator('#search').fill(shop.other.name);
  await page.keyboard.press('Enter');
  await expect(page.locator('.tiles')).toHaveCount(1);
  await expect(page.locator('.tiles')).toContainText(shop.other.name);
  await expect(page).toHaveURL(`${shop.kiosk}products`);
  await accessibleAtEverySize(page);
  await page.locator('#search').fill(shop.weighed.name);
  await page.keyboard.press('Enter');
  await page.locator('form[action="/weigh"] button').first().click();
  await expect(page.locator('#gross')).toBeVisible();
  await accessibleAtEverySize(page);
  await page.goto(shop.kiosk);
  await scan(page, shop.other.code);
  await expect(page.locator('#cue')).toHaveText('Ajouté');
  await scan(page, shop.supplied.code);
  await expect(page.locator('main tbody tr')).toHaveCount(2);
  await page.locator('[id^=more-]').first().click();
  await expect(page.locator('[id^=less-]')).toHaveCount(1);
  // A line of one piece has no button for one less, and its column all the same.
  const places = await page.locator('.count').evaluateAll((all) => all.map((count) => Math.round(count.getBoundingClientRect().left)));
  expect(new Set(places).size).toBe(1);
  await apart(page);
  await mute(page);
  await scan(page, UNKNOWN);
  await expect(page.locator('.unknown')).toContainText(UNKNOWN);
  await expect(page.locator('#cue')).toHaveText('À lire');
  await accessibleAtEverySize(page);
  await page.locator('[id^=set-aside-]').click();
  await expect(page.locator('.unknown')).toHaveCount(0);
}

/** Sounds are muted for this till, over a reload, and come back. */
async function mute(page) {
  await page.locator('#mute').click();
  await expect(page.locator('#mute')).toHaveText('Remettre le son');
  await page.reload();
  await expect(page.locator('#mute')).toHaveText('Remettre le son');
  await page.locator('#mute').click();
  await expect(page.locator('#mute')).toHaveText('Couper le son');
}

async function choose(page) {
  await page.locator('#pay').click();
  await expect(page.locator('#receipt-none')).toBeVisible();
  await accessibleAtEverySize(page);
  await page.locator('#receipt-email').click();
  await expect(page.locator('#email')).toBeVisible();
  await accessibleAtEverySize(page);
  await page.locator('#email').fill('lea@gmial.com');
  await page.keyboard.press('Enter');
  await expect(page.locator('#email-meant')).toBeVisible();
  await accessibleAtEverySize(page);
}

async function pay(page, choice) {
  await page.goto(shop.kiosk);
  await page.locator('#pay').click();
  await page.locator(`#receipt-${choice}`).click();
}

/** A payment that was not made says why, and shows its slip; the basket is still there. */
async function refused(page) {
  await pay(page, 'none');
  await expect(page.locator('.notice')).toBeVisible();
  await expect(page.locator('.slip pre')).not.toBeEmpty();
  await expect(page.locator('#pay')).toBeVisible();
  await accessibleAtEverySize(page);
  await picture(page, 'refused');
  await pay(page, 'none');
  await expect(page.locator('.notice')).toBeVisible();
  await expect(page.locator('.slip pre')).not.toBeEmpty();
  await accessibleAtEverySize(page);
  await picture(page, 'abandoned');
}

/** Nobody knows whether the shopper paid: a person looks, says so on the attendants' page, and the till goes on by itself. */
async function unknown(till, team) {
  await pay(till, 'none');
  await expect(till.locator('main.attendant')).toBeVisible();
  await accessibleAtEverySize(till);
  await till.locator('#staff').click();
  await accessibleAtEverySize(till);
  await picture(till, 'unknown');
  const call = team.locator('.call');
  await expect(call).toHaveCount(1);
  await accessibleAtEverySize(team);
  await picture(team, 'attendant');
  await call.locator('[name=pan_last4]').fill('0674');
  await call.getByRole('button', { name: 'Le client a payé' }).click();
  await expect(till.locator('#next')).toBeVisible();
  await expect(till.locator('#cue')).toHaveText('Payé');
  await accessibleAtEverySize(till);
  await expect(team.locator('.call')).toHaveCount(0);
  await accessibleAtEverySize(team);
  await till.locator('#next').click();
}

/** Somebody of the store types at the refund page, and nothing takes it away meanwhile. */
async function refunds(till) {
  await till.locator('#refunds').click();
  await expect(till.locator('main.refund')).toBeVisible();
  await accessibleAtEverySize(till);
  await apart(till);
  await picture(till, 'refund-at-the-till');
  await till.locator('#number').fill('12');
  // Each of them is a change that the page hears of, and asks the till about.
  for (const change of ['/help', '/no-help', '/help', '/no-help']) {
    const looked = till.waitForResponse((answer) => answer.url() === shop.kiosk && answer.ok());
    await till.evaluate((path) => fetch(path, { method: 'POST', redirect: 'manual' }), change);
    await (await looked).finished();
    await till.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await expect(till.locator('main.refund #number')).toHaveValue('12');
  }
  await till.locator('#back').click();
  await expect(till.locator('main.idle')).toBeVisible();
}

/** What a shopper types goes along to the basket, and never to the next shopper. */
async function leaves(till) {
  await till.locator('#card').fill('29');
  await till.locator('#code').focus();
  await scan(till, shop.other.code);
  await expect(till.locator('main tbody tr')).toHaveCount(1);
  await expect(till.locator('#card')).toHaveValue('29');
  await till.locator('#card').fill('2999999999999');
  await till.locator('#discount').fill('MERCI');
  await till.locator('#give-up').click();
  await till.locator('form[action="/cancel"] button').click();
  await expect(till.locator('main.idle')).toBeVisible();
  await expect(till.locator('#card')).toHaveValue('');
  await expect(till.locator('#discount')).toHaveValue('');
  // Nor is it there when nobody has touched the page for two minutes, on a page beside those of the till either.
  const left = await (await till.context().browser().newContext({ viewport: SIZES[0] })).newPage();
  await left.clock.install();
  await left.goto(shop.kiosk);
  await left.locator('#card').fill('2999999999999');
  await left.clock.fastForward('02:05');
  await expect(left.locator('#card')).toHaveValue('');
  await left.goto(`${shop.kiosk}refunds`);
  await left.locator('#number').fill('12');
  await left.clock.fastForward('02:05');
  await expect(left.locator('main.idle')).toBeVisible();
  await left.context().close();
}

async function called(till, team) {
  await expect(till.locator('main.idle')).toBeVisible();
  await scan(till, shop.other.code);
  await expect(till.locator('main tbody tr')).toHaveCount(1);
  await till.locator('#help').click();
  await expect(till.locator('.called')).toBeVisible();
  await accessibleAtEverySize(till);
  await picture(till, 'help');
  await expect(team.locator('.call')).toHaveCount(1);
  await accessibleAtEverySize(team);
  await team.locator('.call button[value=done]').click();
  await expect(till.locator('.called')).toHaveCount(0);
}

/** A part is paid by card, and goes back to it; the basket is as it was. */
async function inParts(page) {
  await page.locator('#pay-otherwise').click();
  await page.locator('#receipt-none').click();
  await expect(page.locator('main.means')).toBeVisible();
  await accessibleAtEverySize(page);
  await picture(page, 'means');
  await page.locator('#part').fill('0,10');
  await page.keyboard.press('Enter');
  await expect(page.locator('main.held')).toBeVisible();
  await accessibleAtEverySize(page);
  await apart(page);
  await picture(page, 'held');
  await page.locator('#give-back').click();
  await accessibleAtEverySize(page);
  await page.locator('#give-back-sure').click();
  await expect(page.locator('.returned li')).toHaveCount(1);
  await accessibleAtEverySize(page);
}

/** A shopper leaves with a code and comes back with it, by the keys of the screen; meanwhile the basket is listed and read. */
async function suspended(till, team) {
  await till.locator('#suspend').click();
  await expect(till.locator('main.suspended')).toBeVisible();
  await accessibleAtEverySize(till);
  await picture(till, 'suspended');
  const { code } = await (await till.request.get(`${shop.kiosk}api/basket`)).json();
  await expect(till.locator('#suspension-code')).toHaveText(`${code.slice(0, 4)} ${code.slice(4)}`);
  await till.locator('#next').click();
  await expect(till.locator('main.idle')).toBeVisible();
  await expect(team.locator('#suspended')).toBeVisible();
  await accessibleAtEverySize(team);
  const history = await team.context().newPage();
  await history.goto(await team.locator('[aria-labelledby=suspended] a').first().evaluate((link) => link.href));
  await expect(history.locator('tbody tr').last()).toContainText('Mis en attente');
  await accessibleAtEverySize(history);
  await picture(history, 'history');
  await history.close();
  await till.locator('#resume').click();
  await expect(till.locator('#resume-now')).toBeVisible();
  await accessibleAtEverySize(till);
  for (const key of code) await till.locator(`#key-${key}`).click();
  await expect(till.locator('#code')).toHaveValue(code);
  await till.locator('#resume-now').click();
  await expect(till.locator('main tbody tr')).toHaveCount(1);
  await expect(team.locator('#suspended')).toHaveCount(0);
}

/** The ticket behind the code is a page of the portal. */
async function paidAsGuest(browser, till) {
  await pay(till, 'qr');
  await expect(till.locator('.code svg')).toBeVisible();
  await accessibleAtEverySize(till);
  await picture(till, 'code-landscape');
  const { sale } = await (await till.request.get(`${shop.kiosk}api/basket`)).json();
  const ticket = await (await browser.newContext()).newPage();
  await ticket.goto(sale.receipt_url);
  await accessibleAtEverySize(ticket);
  await expect(async () => {
    await ticket.goto(sale.receipt_url);
    await ticket.locator('#show').click();
    await expect(ticket.locator('main')).toContainText(shop.other.name);
  }).toPass();
  await expect(ticket.locator('main')).toContainText('Original');
  await accessibleAtEverySize(ticket);
  await picture(ticket, 'ticket');
}

/** A till that is closed from the office lets its shopper finish. */
async function locked(till, team) {
  const lock = team.locator('#till-LILLE-01 .lock button');
  await lock.click();
  await expect(lock).toHaveAttribute('value', 'no');
  await till.locator('#next').click();
  await expect(till.locator('main.locked')).toBeVisible();
  await accessibleAtEverySize(till);
  await accessibleAtEverySize(team);
  await picture(till, 'locked');
  await lock.click();
  await expect(till.locator('main.idle')).toBeVisible();
}

/** A manager turns the till to training: every screen says so, no card terminal is asked, and the ticket behind the code is marked. */
async function trains(browser, till) {
  const manager = await (await browser.newContext({ viewport: SIZES[1] })).newPage();
  await signIn(manager, 'manager');
  await manager.goto(`${shop.portal}tills`);
  await manager.locator('#mode-LILLE-01').click();
  const banner = till.locator('#banner');
  await expect(banner).toHaveText('FORMATION — ticket factice');
  await accessibleAtEverySize(till);
  await expect(manager.locator('#till-LILLE-01 .training')).toHaveText('en formation');
  await accessibleAtEverySize(manager);
  await scan(till, shop.other.code);
  await expect(till.locator('main tbody tr')).toHaveCount(1);
  await accessibleAtEverySize(till);
  await picture(till, 'training');
  await till.locator('#pay').click();
  await expect(till.locator('#receipt-qr')).toBeVisible();
  await expect(banner).toBeVisible();
  await till.locator('#receipt-qr').click();
  // Whoever says nothing for ten seconds accepts the card.
  await till.locator('#card-refused').click();
  await expect(till.locator('.slip')).toContainText('FACTICE');
  await accessibleAtEverySize(till);
  await till.locator('#pay').click();
  await till.locator('#receipt-qr').click();
  await expect(till.locator('#card-accepted')).toBeVisible();
  await accessible(till);
  await expect(till.locator('main.thanks')).toBeVisible({ timeout: 20_000 });
  await expect(banner).toBeVisible();
  await accessibleAtEverySize(till);
  await manager.locator('#mode-LILLE-01').click();
  await till.locator('#next').click();
  await expect(banner).toBeEmpty();
}
