import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { assertAccessible, phone } from '../fixtures/chromium.ts';
import { decideByKeys, setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';
import { run } from './stage.ts';

const how = 'install it with "apt-get install postgresql-client"';
let stage: ConsoleStage;
before(async () => {
  stage = await setConsoleStage();
});
after(() => stage.stop());

test('what one copies connects a real psql, until the ticket is ended', async (t) => {
  const { page, complaints, close } = await stage.signIn('dana', '/access');
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-access-'));
  t.after(() => rmSync(dir, { recursive: true }));
  await page.getByRole('button', { name: 'orders' }).waitFor();
  await assertAccessible(page);

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'download sallyport-ca.pem' }).click();
  await (await downloading).saveAs(join(dir, 'sallyport-ca.pem'));
  await page.getByLabel('Purpose').fill('a look at the shop');
  await page.getByRole('button', { name: 'Put a fresh ticket in' }).click();
  await page.getByText('A ticket for this target alone').waitFor();
  await assertAccessible(page);
  const text = await page.getByRole('group', { name: 'psql' }).innerText();
  const script = `${text} --no-psqlrc --no-align --tuples-only -c 'SELECT name FROM customers WHERE id = 1'`;
  const connect = () => run(['bash', '-c', script], { env: process.env, cwd: dir, how });
  const first = await connect();
  assert.deepEqual([first.code, first.out], [0, 'Ada Okafor\n'], first.err);

  const tickets = page.getByRole('list', { name: 'tickets' });
  await tickets.getByText('a look at the shop').waitFor();
  await page.getByRole('button', { name: 'End it now' }).click();
  await tickets.waitFor({ state: 'detached' });
  await page.getByRole('group', { name: 'psql' }).filter({ hasText: 'PGPASSWORD=TICKET' }).waitFor();
  assert.equal((await connect()).code, 2);
  assert.deepEqual(complaints, []);
  await close();
});

test('every way names the target, the address and the ticket', async () => {
  const { page, close } = await stage.signIn('dana', '/access');
  const address = [stage.gateway.host, String(stage.gateway.port)];
  for (const way of ['psql', 'Environment', 'psycopg', 'SQLAlchemy', 'JDBC', 'Node', 'CrewAI']) {
    await page.getByRole('tab', { name: way, exact: true }).click();
    const text = await page.getByRole('group', { name: way, exact: true }).innerText();
    for (const part of [...address, 'orders', 'TICKET']) assert.ok(text.includes(part), `${way}: ${part}`);
  }
  await close();
});

test('a rule is asked for by one, granted by another, and given back', async () => {
  const omar = await stage.signIn('omar', '/access', phone);
  await omar.page.getByText('No target is open to you').waitFor();
  await omar.page.getByRole('button', { name: 'Ask for it' }).tap();
  await omar.page.getByLabel('Because').fill('order 1003 is stuck');
  await assertAccessible(omar.page);
  await omar.page.getByRole('button', { name: 'Ask', exact: true }).tap();
  const mine = omar.page.getByRole('list', { name: 'my requests' });
  await mine.getByText('waiting').waitFor();

  const dana = await stage.signIn('dana', '/approvals');
  await dana.page.getByRole('article').getByText('order 1003 is stuck').waitFor();
  await decideByKeys(dana, 'approve');

  await mine.getByText('granted').waitFor();
  await mine.getByText('left').waitFor();
  await omar.page.getByRole('button', { name: 'orders' }).waitFor();
  await mine.getByRole('button', { name: 'End it' }).tap();
  await mine.getByText('ended').waitFor();
  await omar.page.getByText('No target is open to you').waitFor();
  assert.deepEqual([...omar.complaints, ...dana.complaints], []);
  await omar.close();
  await dana.close();
});
