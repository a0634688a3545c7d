// Every outcome of a card payment: what the shopper reads, what the people of the store read, and where it ends. The simulated card terminal does
// what the next line of its script says.
import fs from 'node:fs';
import { test, expect } from '@playwright/test';
import { SIZES, accessible, accessibleAtEverySize, apart, picture, scan, shop, signIn } from './shop.js';

/** Nothing was taken, and the shopper may go on. */
const NOT_MADE = ['refuse', 'abandon', 'abandon-with-amount', 'time-out', 'busy', 'no-reason', 'phone-call', 'forbidden', 'not-completed',
  'format-error', 'selection-error', 'operator', 'operation', 'currency'];
/** Made, however the answer comes. */
const MADE = ['approve', 'in-pieces', 'in-halves', 'acknowledge', 'largest-slip', 'line-end'];
/** Nobody knows whether it was made. */
const UNKNOWN = ['cut-before', 'silence', 'contradict', 'contradict-authorised', 'twice', 'other-reference'];

test('every outcome of a card payment', async ({ browser }) => {
  const team = await (await browser.newContext({ viewport: SIZES[1] })).newPage();
  await signIn(team, 'attendant');
  await team.goto(`${shop.portal}tills`);
  const till = await (await browser.newContext({ viewport: SIZES[0] })).newPage();
  await till.goto(shop.kiosk);
  await notMade(till);
  for (const word of MADE) await made(till, word);
  for (const word of UNKNOWN) await notPaid(till, team, word);
  await paidByTheSlip(till, team);
  await late(till);
  await takenAfterAll(till, team);
  await less(till);
  await firstKeptSecondRefused(till, team);
  await byMealVoucher(till);
  const number = await paperComesBack(browser, till);
  await refunded(till, team, number);
});

/** What the card terminal does next. */
function next(word) {
  fs.appendFileSync(shop.script, `${word}\n`);
}

async function fill(till) {
  await till.goto(shop.kiosk);
  await expect(till.locator('main.idle')).toBeVisible();
  await scan(till, shop.other.code);
  await expect(till.locator('main tbody tr')).toHaveCount(1);
}

async function pay(till, word) {
  next(word);
  await till.locator('#pay').click();
  await till.locator('#receipt-none').click();
}

async function thanked(till) {
  await expect(till.locator('main.thanks')).toBeVisible({ timeout: 30_000 });
  await expect(till.locator('#next')).toBeVisible();
}

/** Each reason is told with its slip, and the basket waits for the next try. */
async function notMade(till) {
  await fill(till);
  const told = {};
  for (const word of NOT_MADE) {
    await pay(till, word);
    await expect(till.locator('.notice'), word).toBeVisible();
    await expect(till.locator('.slip pre'), word).not.toBeEmpty();
    await expect(till.locator('#pay'), word).toBeVisible();
    await accessible(till);
    told[word] = await till.locator('.notice').textContent();
  }
  expect(new Set([told.refuse, told.abandon, told['time-out'], told['no-reason']]).size).toBe(4);
  await pay(till, 'approve');
  await thanked(till);
  await till.locator('#next').click();
}

async function made(till, word) {
  await fill(till);
  await pay(till, word);
  await thanked(till);
  await accessible(till);
  await till.locator('#next').click();
}

/** A person finds nothing in the card terminal's journal: the basket is open again, with a slip of the shop's own. */
async function notPaid(till, team, word) {
  await fill(till);
  await pay(till, word);
  await expect(till.locator('main.attendant'), word).toBeVisible({ timeout: 30_000 });
  await accessible(till);
  const call = team.locator('.call');
  await expect(call, word).toHaveCount(1);
  await call.locator('button[value=refuse]').click();
  await expect(till.locator('#pay'), word).toBeVisible();
  await expect(till.locator('.slip pre'), word).not.toBeEmpty();
  await expect(call).toHaveCount(0);
  await till.locator('#give-up').click();
  await till.locator('form[action="/cancel"] button').click();
  await expect(till.locator('main.idle')).toBeVisible();
}

/** A person has the merchant's slip: that is the payment. */
async function paidByTheSlip(till, team) {
  await fill(till);
  const amount = (await till.locator('#pay').textContent()).match(/[\d\u202f\u00a0]+,\d\d/)[0];
  await pay(till, 'cut-after');
  await expect(till.locator('main.attendant')).toBeVisible();
  const call = team.locator('.call');
  await expect(call).toHaveCount(1);
  await call.locator('[name=authorisation]').fill('A00395');
  await call.locator('[name=brand]').selectOption('Visa');
  await call.locator('[name=amount]').fill(amount);
  await call.locator('[name=pan_last4]').fill('0674');
  await call.locator('button[value=approve]').click();
  await thanked(till);
  await accessibleAtEverySize(till);
  await till.locator('#next').click();
}

/** The answer comes after the till has stopped waiting: nobody has to look any more. */
async function late(till) {
  await fill(till);
  await pay(till, 'late');
  await expect(till.locator('main.attendant')).toBeVisible({ timeout: 30_000 });
  await thanked(till);
  await till.locator('#next').click();
}

/** Refused, and taken all the same: the shopper is told, and a person comes. */
async function takenAfterAll(till, team) {
  await fill(till);
  await pay(till, 'refuse-then-approve');
  await expect(till.locator('.slip pre')).not.toBeEmpty();
  await expect(till.locator('.called')).toBeVisible({ timeout: 30_000 });
  await accessibleAtEverySize(till);
  await picture(till, 'taken-after-all');
  await expect(team.locator('.call')).not.toHaveCount(0);
  await accessibleAtEverySize(team);
  await done(team);
  await till.locator('#give-up').click();
  await till.locator('form[action="/cancel"] button').click();
  await expect(till.locator('main.idle')).toBeVisible();
  await done(team);
}

/** Whatever waits for somebody has been dealt with. */
async function done(team) {
  const buttons = team.locator('.call button[value=done]');
  await expect(async () => {
    if (await buttons.count() > 0) await buttons.first().click({ timeout: 1_000 });
    expect(await team.locator('.call').count()).toBe(0);
  }).toPass();
}

/** The card terminal takes half: that is held, and the rest is paid. */
async function less(till) {
  await fill(till);
  await pay(till, 'less');
  await expect(till.locator('main.held')).toBeVisible();
  await accessibleAtEverySize(till);
  await apart(till);
  next('approve');
  await till.locator('#pay-card').click();
  await thanked(till);
  await till.locator('#next').click();
}

/** A part is held, the rest refused; the part does not go back to the card, and a person gives it back by hand. */
async function firstKeptSecondRefused(till, team) {
  await fill(till);
  await till.locator('#pay-otherwise').click();
  await till.locator('#receipt-none').click();
  await till.locator('#part').fill('0,10');
  next('approve');
  await till.keyboard.press('Enter');
  await expect(till.locator('main.held')).toBeVisible();
  next('refuse');
  await till.locator('#pay-card').click();
  await expect(till.locator('main.held .slip pre')).not.toBeEmpty();
  await accessibleAtEverySize(till);
  next('refuse');
  await till.locator('#give-back').click();
  await till.locator('#give-back-sure').click();
  await expect(till.locator('main.attendant')).toBeVisible();
  await accessibleAtEverySize(till);
  await picture(till, 'give-back');
  const call = team.locator('.call');
  await expect(call).toHaveCount(1);
  await accessibleAtEverySize(team);
  await call.locator('button[value=refuse]').click();
  await expect(till.locator('.returned li')).toHaveCount(1);
  await expect(till.locator('#pay')).toBeVisible();
  await accessibleAtEverySize(till);
  await pay(till, 'approve');
  await thanked(till);
  await till.locator('#next').click();
}

/** Meal vouchers pay what they may. */
async function byMealVoucher(till) {
  await fill(till);
  await till.locator('#pay-otherwise').click();
  await till.locator('#receipt-none').click();
  await expect(till.locator('#meal-voucher')).toBeVisible();
  next('meal-voucher-card');
  await till.locator('#pay-meal-voucher').click();
  await thanked(till);
  await accessible(till);
  await till.locator('#next').click();
}

/** Goods of a paper ticket come back over the counter: the number on the paper is enough. */
async function paperComesBack(browser, till) {
  await fill(till);
  next('approve');
  await till.locator('#pay').click();
  await till.locator('#receipt-paper').click();
  await thanked(till);
  const { sale } = await (await till.request.get(`${shop.kiosk}api/basket`)).json();
  await till.locator('#next').click();
  const desk = await (await browser.newContext({ viewport: SIZES[1] })).newPage();
  await signIn(desk, 'desk');
  await desk.goto(`${shop.portal}desk/sales`);
  await accessible(desk);
  await desk.locator('#terminal').fill('LILLE-01');
  await desk.locator('#number').fill(String(sale.sequence));
  await desk.keyboard.press('Enter');
  await expect(desk.locator('#sale')).toBeVisible();
  await accessible(desk);
  await desk.locator('[name="line.1"]').check();
  await desk.locator('#reason-damaged').check();
  await desk.locator('#payout-desk').check();
  await picture(desk, 'desk-sale');
  await desk.locator('button.wide').click();
  await expect(desk.locator('[name=confirm]')).toBeVisible();
  await accessible(desk);
  await desk.locator('[name=confirm]').click();
  await expect(desk.locator('#note')).toBeVisible();
  await accessible(desk);
  const [number] = (await desk.locator('#note').textContent()).match(/\d+/);
  await desk.goto(`${shop.portal}desk/sales?terminal=LILLE-01&number=${sale.sequence}`);
  await desk.locator('#ticket').click();
  await expect(desk.locator('main')).toContainText('Duplicata');
  await accessible(desk);
  await desk.context().close();
  return number;
}

/** The money goes back to the card at the till: the card terminal refuses first, then nobody knows, and a person finds that it went. */
async function refunded(till, team, number) {
  const ask = async (word) => {
    next(word);
    await till.goto(`${shop.kiosk}refunds`);
    await till.locator('#number').fill(number);
    await till.locator('#attendant-code').fill(shop.attendantCode);
    await till.locator('#refund').click();
  };
  await ask('refuse');
  await expect(till.locator('.slip pre')).not.toBeEmpty();
  await accessibleAtEverySize(till);
  await ask('cut-after');
  await expect(till.locator('main.attendant')).toBeVisible({ timeout: 30_000 });
  await accessibleAtEverySize(till);
  await picture(till, 'refund-unknown');
  const call = team.locator('.call');
  await expect(call).toHaveCount(1);
  await accessibleAtEverySize(team);
  await call.locator('button[value=approve]').click();
  await expect(till.locator('main.attendant')).toHaveCount(0);
  await expect(call).toHaveCount(0);
  await accessibleAtEverySize(till);
}
