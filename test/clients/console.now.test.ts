import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';

import { assertAccessible } from '../fixtures/chromium.ts';
import { decideByKeys, goByKeys, setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';

const markup = `<img src=x onerror="window.hacked=1">`;
let stage: ConsoleStage;
let agent: Client;

before(async () => {
  stage = await setConsoleStage();
  agent = new Client({
    host: stage.gateway.host,
    port: stage.gateway.port,
    database: 'orders',
    user: 'anybody',
    password: await stage.gateway.token(),
    application_name: markup,
  });
  agent.on('error', () => undefined); // the gateway ends it
  await agent.connect();
  await agent.query('SELECT email, card FROM customers');
  await assert.rejects(agent.query('DROP TABLE orders'), { code: '42501' });
});
after(() => stage.stop());

test('who watches sees the last day, live sessions, what waits, and health, as they change', async () => {
  const { page, complaints, close } = await stage.signIn('dana');
  const sum = (name: string) => page.locator('section', { has: page.getByRole('heading', { name }) });
  await sum('Refused').getByText('1', { exact: true }).waitFor();
  await sum('Values masked').getByText('6', { exact: true }).waitFor();
  await page
    .getByRole('img', { name: /^6 masked values in the last 24 hours, most of them \(6\) about/ })
    .waitFor();
  const sessions = page.getByRole('region', { name: 'Live sessions (1)' });
  await sessions.getByText('agent-7').waitFor();
  await sessions.getByText(markup).waitFor();
  await page.getByText('The record is written').waitFor();
  const held = agent.query('DELETE FROM orders WHERE id = 1004');
  const waiting = page.getByRole('region', { name: 'Waiting for a person' });
  await waiting.getByText('DELETE FROM orders').waitFor();
  await assertAccessible(page);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  await waiting.getByRole('link').click();
  await decideByKeys({ page }, 'approve');
  assert.equal((await held).rowCount, 1);
  await goByKeys({ page }, 'n', 'Now');
  await page.getByText('Nothing waits.').waitFor();
  await agent.end();
  await page.getByText('Nobody is connected').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('who may not watch sees no charts, and asks for none', async () => {
  const { page, complaints, close } = await stage.signIn('mira');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${stage.url}/`);
  await page.getByText('Your own sessions').waitFor();
  await page.getByText('Nobody is connected').waitFor();
  assert.equal(await page.getByRole('img', { name: /24 hours/ }).count(), 0);
  assert.ok(asked.includes('/api/v1/me'));
  assert.ok(!asked.includes('/api/v1/activity'));
  assert.deepEqual(complaints, []);
  await close();
});
