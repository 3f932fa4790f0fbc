import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';

import { connect, refusal } from '../fixtures/clients.ts';
import { assertAccessible, assertFits, phone } from '../fixtures/chromium.ts';
import { setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';

// The policy, read and tried by people in a browser; what is simulated are commands that were really sent.

const views = ['rules', 'who', 'try', 'simulate'] as const;
const hostile = '<script>alert(1)</script> \u202enwod';

let stage: ConsoleStage;
before(async () => {
  stage = await setConsoleStage({
    rules: `  - { name: "odd \\u202e <b>rule</b>", who: { kind: agent }, targets: [orders], deny: [write], when: "command.unbounded" }`,
  });
  const crew = await connect(stage.gateway, { subject: 'crew-7', groups: ['crews'] });
  for (const id of [1, 2, 3]) await crew.query(`SELECT id, name, email FROM customers WHERE id = ${id}`);
  await crew.query(`SELECT count(*) FROM orders /* ${hostile} */`);
  await refusal(crew.query('DROP TABLE orders'));
  await crew.end();
});
after(() => stage.stop());

async function edited(page: Page, change: (text: string) => string): Promise<void> {
  const area = page.getByRole('textbox', { name: 'sallyport.yaml, edited' });
  await area.waitFor();
  await area.fill(change(await area.inputValue()));
  await page.getByRole('button', { name: 'Simulate' }).click();
}

/** Where the file in force says something, counted from 1. */
function lineOf(words: string): string {
  const lines = readFileSync(stage.gateway.configFile, 'utf8').split('\n');
  return String(lines.findIndex((line) => line.includes(words)) + 1);
}

/** Another rule, before those that there are. */
const withRule = (rule: string) => (text: string) => text.replace('rules:\n', `rules:\n  - ${rule}\n`);

describe('the rules', () => {
  test('are told in words beside the file, whose lines are shown', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/policy');
    const rule = page.getByRole('button', { name: /crews write with a nod/ });
    await rule
      .getByText('Everybody in group crews may write anything on orders, once one of group dba approves.')
      .waitFor();
    await rule.click();
    const file = page.getByRole('group', { name: 'sallyport.yaml' });
    const [number, line] = (await file.locator('[data-marked]').innerText()).split(/\s+- /);
    assert.equal(number, lineOf('crews write with a nod'));
    assert.match(line ?? '', /^\{ name: crews write with a nod/);
    await page.getByText('public.customers.card on orders comes as last4').waitFor();
    const sessions = page.getByRole('link', { name: 'Sessions it took part in' }).nth(1);
    assert.match((await sessions.getAttribute('href')) ?? '', /^\/sessions\?rule=crews(\+|%20)write/);
    const text = await page.locator('body').innerText();
    assert.match(text, /odd \\u\{202e\} <b>rule<\/b>/);
    assert.match(text, /mint: \{ admin: "\$\{env:HIDDEN\}"/);
    assert.doesNotMatch(text, /fixture-password|console-secret/);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('are for those who may read the gateway; everybody may try', async () => {
    const { page, complaints, close } = await stage.signIn('omar', '/policy');
    await page.getByText('The rules are for those who watch the gateway').waitFor();
    await page.getByRole('tab', { name: 'Simulate' }).click();
    await page.getByText('allow: [read.simulate]').waitFor();
    await page.getByRole('tab', { name: 'Try' }).click();
    await page.getByRole('textbox', { name: 'Command' }).waitFor();
    assert.equal(await page.getByText('For somebody else').count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('who can do what', () => {
  test('is a table, whose cells say why', async () => {
    const { page, complaints, close } = await stage.signIn('anna', '/policy/who');
    const crews = page.getByRole('row', { name: /people in crews/ });
    await crews.waitFor();
    const cells = await crews.getByRole('cell').allInnerTexts();
    assert.deepEqual(
      cells.map((text) => text.trim()),
      ['may', 'held', 'no', 'no', 'no', 'no'],
    );
    const agents = page.getByRole('row', { name: /crew-7/ });
    assert.deepEqual((await agents.getByRole('cell').allInnerTexts())[1]?.trim(), 'held*');
    await agents.getByRole('button').nth(1).click();
    await page.getByText('odd \\u{202e} <b>rule</b> denies write, when command.unbounded').waitFor();
    await page.getByRole('combobox', { name: 'target' }).click();
    await page.getByRole('option', { name: 'the gateway itself' }).click();
    const auditors = page.getByRole('row', { name: /auditors/ });
    await auditors.getByText('may').waitFor();
    assert.equal((await auditors.getByRole('cell').allInnerTexts())[0]?.trim(), 'may');
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('trying a command', () => {
  test('tells the verdict, and of every rule why', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/policy/try');
    await page.getByRole('combobox', { name: 'Target' }).fill('orders');
    await page.getByRole('textbox', { name: 'Command' }).fill('UPDATE orders SET status = 1 WHERE id = 7');
    await page.getByText('For somebody else').click();
    await page.getByRole('textbox', { name: 'Groups' }).fill('crews, other');
    await page.getByRole('button', { name: 'Ask the rules' }).click();
    await page.getByText('write.update public.orders').waitFor();
    await page.getByText('1 of group dba').waitFor();
    const rules = page.getByRole('list', { name: 'rules' });
    await rules.getByText('its condition is false: command.unbounded').waitFor();
    await page.getByRole('combobox', { name: 'Target' }).fill('nowhere');
    await page.getByRole('button', { name: 'Ask the rules' }).click();
    await page.getByRole('alert').getByText('No such target is open to you.').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('simulating', () => {
  test('tells what a stricter rule would have done, and leads to where it was done', async () => {
    const before = readFileSync(stage.gateway.configFile, 'utf8');
    const { page, complaints, close } = await stage.signIn('anna', '/policy/simulate');
    await edited(
      page,
      withRule(
        '{ name: no customers, who: { kind: agent }, targets: [orders], deny: [read], resources: [public.customers], because: Ask support. }',
      ),
    );
    const groups = page.getByRole('list', { name: 'commands that would change' });
    await groups.getByText('3 commands').waitFor();
    assert.match(await groups.innerText(), /crews read the shop →\s*then; now\s*no customers/);
    await groups.getByText('Ask support.').waitFor();
    await groups.getByText('crew-7').waitFor();
    const session = (await stage.gateway.events()).find((event) => event.type === 'command');
    assert.ok(session !== undefined && 'session' in session);
    await groups.getByRole('link').first().click();
    await page.waitForURL(`${stage.url}/sessions/${session.session}?at=*`);
    assert.equal(readFileSync(stage.gateway.configFile, 'utf8'), before);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('tells what would be let in, held, masked otherwise, and what cannot be told', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/policy/simulate');
    await edited(page, (text) =>
      withRule('{ name: ci, who: { claims: { repo: shop } }, targets: [orders], deny: [read] }')(
        text
          .replace(/.*no schema changes by agents.*\n/, '')
          .replace('customers.email: email', 'customers.email: redact'),
      ),
    );
    const groups = page.getByRole('list', { name: 'commands that would change' });
    await groups.getByText('cannot tell').first().waitFor();
    await groups.getByText('The record does not tell the claims of tokens.').first().waitFor();
    const shown = await groups.innerText();
    assert.match(shown, /\\u\{202e\}nwod/);
    assert.match(shown, /<script>alert\(1\)<\/script>/);
    await page.getByRole('textbox', { name: 'Identity' }).fill('nobody');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('No commands are on record there').waitFor();
    await page.getByRole('textbox', { name: 'Identity' }).fill('');
    await page.getByRole('button', { name: 'As it is in force' }).click();
    await edited(page, (text) => text.replace('customers.email: email', 'customers.email: redact'));
    const masks = page.getByRole('list', { name: 'masks that would change' });
    await masks.getByText('public.customers.email: email → redact').waitFor();
    await page.getByRole('button', { name: 'As it is in force' }).click();
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('Nothing would change').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('shows what is wrong with the file at its lines, and keeps what was written', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/policy/simulate');
    await edited(page, (text) => text.replace('allow: [read] }', 'alow: [read] }'));
    const problems = page.getByRole('list', { name: 'problems' });
    await problems.getByText('unknown key rules[0].alow').waitFor();
    const wrong = lineOf('allow: [read] }');
    assert.equal(await page.locator('[data-wrong]').innerText(), wrong);
    await problems.getByRole('button', { name: `line ${wrong}` }).click();
    const area = page.getByRole('textbox', { name: 'sallyport.yaml, edited' });
    const at = await area.evaluate((it) => 'selectionStart' in it && it.selectionStart);
    assert.match((await area.inputValue()).slice(Number(at)), /^alow/);
    await page.getByRole('tab', { name: 'Rules' }).click();
    await page.getByRole('tab', { name: 'Simulate' }).click();
    assert.match(await area.inputValue(), /alow/);
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('every part of the page', () => {
  for (const [how, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', phone],
  ] as const) {
    test(`is accessible and fits, ${how}`, async () => {
      const { page, complaints, close } = await stage.signIn('dana', '/policy', options);
      for (const view of views) {
        await page.goto(`${stage.url}/policy/${view}`);
        await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
        if (view === 'simulate') {
          await edited(
            page,
            withRule('{ name: none, who: { kind: agent }, targets: [orders], deny: [read] }'),
          );
          await page.getByRole('list', { name: 'commands that would change' }).waitFor();
        }
        await assertAccessible(page);
        await assertFits(page);
      }
      assert.deepEqual(complaints, []);
      await close();
    });
  }
});
