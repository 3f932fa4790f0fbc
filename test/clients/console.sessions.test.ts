import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { assertAccessible, assertFits, phone } from '../fixtures/chromium.ts';
import type { Window } from '../fixtures/chromium.ts';
import { connect } from '../fixtures/clients.ts';
import { setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';
import { startHttpApi } from '../fixtures/http-api.ts';
import type { HttpApi } from '../fixtures/http-api.ts';
import { start } from './stage.ts';

const how = 'install it with "apt-get install postgresql-client"';
let stage: ConsoleStage;
let billing: HttpApi;
before(async () => {
  billing = await startHttpApi(({ url }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ of: url, name: 'Ada <b>Okafor</b>' }));
  });
  stage = await setConsoleStage({
    targets: `  billing: { http: { url: "http://127.0.0.1:${billing.port}/" } }`,
    rules: '  - { name: crews bill, who: { groups: [crews] }, targets: [billing], allow: [read] }',
  });
  await recordSomething();
});
after(async () => {
  await stage.stop();
  await billing.stop();
});

/** A session of `crew-7` that has ended: masked rows, a refusal, plain rows. */
async function recordSomething(): Promise<void> {
  const client = await connect(stage.gateway, { subject: 'crew-7' });
  await client.query('SELECT id, name, email, card FROM customers ORDER BY id');
  await assert.rejects(client.query('DROP TABLE orders'));
  await client.query('SELECT id, status FROM orders ORDER BY id');
  await client.end();
}

/** The only session in which this was asked, found by the search. */
async function openSession({ page }: Window, text: string): Promise<void> {
  await page.goto(`${stage.url}/sessions?text=${encodeURIComponent(text)}`);
  await page.getByRole('main').getByRole('listitem').getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'Session', exact: true }).waitFor();
}

describe('sessions', () => {
  test('are found by who, where, rule, verdict, text and time', async () => {
    const window = await stage.signIn('dana', '/sessions');
    const { page, complaints, close } = window;
    const found = page.getByRole('region', { name: 'ended' }).getByRole('link', { name: 'crew-7' });
    await found.waitFor();
    await assertAccessible(page);
    await page.getByLabel('Text of a command').fill('drop table');
    await page.waitForURL(/text=drop/);
    await found.waitFor();
    await page.getByRole('combobox', { name: 'Verdict' }).click();
    await page.getByRole('option', { name: 'allowed' }).click();
    await page.getByText('No session fits').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await found.waitFor();
    for (const [query, isThere] of [
      ['who=crew-7&target=orders&rule=crews+read+the+shop&verdict=allow&within=hour', true],
      ['who=crew-8', false],
      ['rule=crews+read', false],
      ['verdict=nonsense&within=ever', true],
    ] as const) {
      await page.goto(`${stage.url}/sessions?${query}`);
      await (isThere ? found : page.getByText('No session fits')).waitFor();
    }
    assert.deepEqual(complaints, []);
    await close();
  });

  test('that somebody may not see are not there', async () => {
    const { page, close } = await stage.signIn('mira', '/sessions');
    await page.getByText('No session has ended yet').waitFor();
    await close();
  });
});

describe('a replay', () => {
  test('plays to the end, and shows the rows as the client saw them', async () => {
    const window = await stage.signIn('dana');
    const { page, complaints, close } = window;
    await openSession(window, 'name, email, card');
    const moments = page.getByRole('group', { name: 'moments' });
    const moment = page.getByRole('article', { name: 'moment' });
    await moment.getByText('The session begins').waitFor();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await moment.getByText('The session ends').waitFor();
    await moments.getByRole('button', { name: 'FROM customers' }).click();
    await moment.getByText('crews read the shop').waitFor();
    const masked = moment.getByRole('cell', { name: 'masked' });
    await masked.nth(5).waitFor();
    assert.deepEqual(
      (await masked.allInnerTexts()).map((text) => text.replace(/^masked\s*/, '')).slice(0, 2),
      ['a***@***.example', '************4242'],
    );
    assert.equal(await masked.count(), 6);
    assert.equal(await moment.getByRole('cell', { name: 'Ada Okafor' }).getByText('masked').count(), 0);
    await assertAccessible(page);
    await page.keyboard.press('j');
    await moment.getByText('Schema changes go through migrations').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is linked to at a moment, and exported', async () => {
    const window = await stage.signIn('dana');
    const { page, complaints, close } = window;
    await openSession(window, 'name, email, card');
    const moment = page.getByRole('article', { name: 'moment' });
    await page.getByRole('button', { name: 'DROP TABLE orders' }).click();
    await page.waitForURL(/at=\d+/);
    await page.reload();
    await moment.getByText('Schema changes go through migrations').waitFor();
    for (const [item, name, pattern] of [
      ['NDJSON', /\.ndjson$/, /^\{"seq":\d+,.*"session\.opened"/],
      ['CSV', /\.csv$/, /^"seq","time","type"[^]*"DROP TABLE orders"/],
    ] as const) {
      await page.getByRole('button', { name: 'Export' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: item }).click();
      const saved = await download;
      assert.match(saved.suggestedFilename(), name);
      const chunks = await (await saved.createReadStream()).toArray();
      assert.match(Buffer.concat(chunks).toString(), pattern);
    }
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is accessible in the dark, as the list is', async () => {
    const window = await stage.signIn('dana', '/sessions', { colorScheme: 'dark' });
    const { page, complaints, close } = window;
    await page.getByRole('region', { name: 'ended' }).getByRole('link', { name: 'crew-7' }).waitFor();
    await assertAccessible(page);
    await openSession(window, 'name, email, card');
    await page.getByRole('button', { name: 'FROM customers' }).click();
    await page.getByRole('cell', { name: 'Ada Okafor' }).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'DROP TABLE orders' }).click();
    await page.getByText('Schema changes go through migrations').waitFor();
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('fits a phone', async () => {
    const window = await stage.signIn('dana', '/', phone);
    const { page, complaints, close } = window;
    await page.goto(`${stage.url}/sessions`);
    await page.getByRole('region', { name: 'ended' }).getByRole('link', { name: 'crew-7' }).waitFor();
    await assertFits(page);
    await openSession(window, 'name, email, card');
    await page.getByRole('button', { name: 'FROM customers' }).click();
    await page.getByRole('cell', { name: 'Ada Okafor' }).waitFor();
    await assertFits(page);
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
    await close();
  });
});

test('a session over HTTP has its requests, their status and what was answered', async () => {
  const { gateway } = stage;
  const url = `http://127.0.0.1:${gateway.gateway.ports.targets}/t/billing/v1/invoices/7`;
  const headers = { authorization: `Bearer ${await gateway.token({ subject: 'crew-http' })}` };
  const asked = await fetch(url, { headers });
  assert.equal(asked.status, 200);
  await asked.text();
  assert.equal((await fetch(url, { method: 'DELETE', headers })).status, 403);
  const { page, complaints, close } = await stage.signIn('dana', '/sessions?who=crew-http');
  await page.getByRole('link', { name: 'crew-http' }).click();
  const moment = page.getByRole('article', { name: 'moment' });
  await page.getByRole('button', { name: 'GET /v1/invoices/7' }).click();
  await moment.getByRole('group', { name: 'request' }).getByText('GET /v1/invoices/7').waitFor();
  await moment.getByRole('group', { name: 'body' }).getByText('"name":"Ada <b>Okafor</b>"').waitFor();
  await moment.getByText(/^200/).waitFor();
  await page.getByRole('button', { name: 'DELETE /v1/invoices/7' }).click();
  await moment.getByText('Refused').waitFor();
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await close();
});

describe('a live session', () => {
  test('is followed as it goes on, and ended while a real psql is in it', async (t) => {
    const { gateway } = stage;
    const env = {
      ...process.env,
      PGHOST: gateway.host,
      PGPORT: String(gateway.port),
      PGDATABASE: 'orders',
      PGUSER: 'anybody',
      PGPASSWORD: await gateway.token({ subject: 'crew-live' }),
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: join(gateway.dataDir, 'ca.pem'),
    };
    // The second statement would wait for hours.
    await stage.owner.query('BEGIN; LOCK TABLE orders');
    t.after(() => stage.owner.query('ROLLBACK'));
    const psql = start(
      ['psql', '--no-psqlrc', '-c', 'SELECT 41 AS before', '-c', 'SELECT count(*) FROM orders'],
      { env, how },
    );
    t.after(() => psql.child.kill());
    const { page, complaints, close } = await stage.signIn('dana', '/sessions');
    await page.getByRole('region', { name: 'live' }).getByRole('link', { name: 'crew-live' }).click();
    const moments = page.getByRole('group', { name: 'moments' });
    await moments.getByRole('button', { name: 'count(*) FROM orders' }).waitFor();
    await page.getByText('following live').waitFor();
    await page.getByRole('button', { name: 'End this session' }).click();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'End it' }).click();
    const { code } = await psql.ended;
    assert.notEqual(code, 0);
    await moments.getByText('Ended by').waitFor();
    await page.getByRole('button', { name: 'End this session' }).waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is not ended by who may only look', async () => {
    const client = await connect(stage.gateway, { subject: 'crew-seen' });
    const { page, close } = await stage.signIn('anna', '/sessions');
    await page.getByRole('region', { name: 'live' }).getByRole('link', { name: 'crew-seen' }).click();
    await page.getByText('following live').waitFor();
    assert.equal(await page.getByRole('button', { name: 'End this session' }).count(), 0);
    await client.query('SELECT 42 AS later');
    await page.getByRole('button', { name: 'SELECT 42' }).waitFor();
    await client.end();
    await page.getByText('following live').waitFor({ state: 'detached' });
    await close();
  });
});

test('hostile text is text, wherever it was recorded', async () => {
  const script = '<script>document.title=1</script><img src=x onerror=document.title=1>';
  const subject = `crew-${script}`;
  const client = await connect(stage.gateway, { subject }, { application_name: '\u001b[31mred' });
  await client.query(`SELECT '\u202e${script}' AS "\u001b[2J${script}", $1::text AS p`, [
    '\u200b\u001b]0;x\u0007',
  ]);
  await client.end();
  const { page, complaints, close } = await stage.signIn('dana', '/sessions?within=hour');
  const ended = page.getByRole('region', { name: 'ended' });
  await ended.getByRole('link', { name: 'crew-<script>' }).click();
  await page.getByRole('button', { name: '<script>' }).first().click();
  const moment = page.getByRole('article', { name: 'moment' });
  await moment.getByRole('columnheader', { name: '<script>' }).waitFor();
  const told = await page.getByRole('main').innerText();
  for (const spelled of ['\\u{202e}', '^[[2J', '\\u{200b}^[]0;x^G', '<img src=x onerror']) {
    assert.ok(told.includes(spelled), spelled);
  }
  assert.doesNotMatch(told.replaceAll(/[\n\t]/g, ''), /[\p{Cc}\u202e\u200b]/u);
  assert.match(await page.title(), /^Session/);
  assert.equal(await page.locator('main script, main img').count(), 0);
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await close();
});
