import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { createClient } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { assertAccessible, assertFits, phone } from '../fixtures/chromium.ts';
import { decideByKeys, setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';
import type { Who } from '../fixtures/gateway.ts';
import { until } from '../fixtures/until.ts';
import { start } from './stage.ts';
import type { Running } from './stage.ts';

const how = 'install it with "apt-get install postgresql-client"';
let stage: ConsoleStage;
before(async () => {
  const tried =
    '{ name: tried first, who: { groups: [triers] }, targets: [orders], hold: [write], approvers: { groups: [dba] }, preview: run, preview_for: 5m, wait: 10m }';
  stage = await setConsoleStage({ rules: `  - ${tried}` });
});
after(() => stage.stop());

const started: Running[] = [];
/** What a test leaves waiting, above all one that fails, must not be what the next one finds. */
afterEach(async () => {
  for (const { child } of started.splice(0)) child.kill();
  const api = await apiOf({ subject: 'tidy', kind: 'human', groups: ['dba'] });
  await until('nothing to wait', async () => {
    const { approvals } = await api.call(routes.listApprovals, { query: { state: 'pending' } });
    const { requests } = await api.call(routes.listRequests, { query: { state: 'pending' } });
    const body = { decision: 'deny' } as const;
    for (const { id } of requests) await api.call(routes.decideRequest, { params: { id }, body });
    return approvals.length + requests.length === 0;
  });
});

/** A real psql, of an agent in `crews` unless told otherwise. */
async function psql(sql: string, who: Who = {}, password?: string): Promise<Running> {
  const { gateway } = stage;
  const env = {
    ...process.env,
    PGHOST: gateway.host,
    PGPORT: String(gateway.port),
    PGDATABASE: 'orders',
    PGUSER: 'anybody',
    PGPASSWORD: password ?? (await gateway.token(who)),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: join(gateway.dataDir, 'ca.pem'),
  };
  const command = ['psql', '--no-psqlrc', '--no-align', '--tuples-only', '-c', sql] as const;
  const running = start(command, { env, how });
  started.push(running);
  return running;
}

async function apiOf(who: Who) {
  const url = `http://127.0.0.1:${stage.gateway.gateway.ports.http}`;
  return createClient({ url, token: await stage.gateway.token(who), fetch });
}

describe('a held statement', () => {
  test('is approved by two keystrokes while psql waits', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/approvals');
    const running = await psql("UPDATE orders SET status = 'shipped' WHERE id = 1003");
    await page.getByRole('article').getByText('write.update public.orders').waitFor();
    await page.getByText('about 1 row').waitFor();
    await assertAccessible(page);
    await page.keyboard.press('a');
    await page.getByRole('form', { name: 'approve' }).waitFor();
    await assertAccessible(page);
    await page.keyboard.press('Enter');
    const { code, out, err } = await running.ended;
    assert.deepEqual([code, out], [0, 'UPDATE 1\n'], err);
    await page.getByRole('article').getByText('approved, ran').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is denied with a reason that psql shows', async () => {
    const { page, complaints, close } = await stage.signIn('mira', '/approvals');
    const running = await psql('DELETE FROM orders');
    await page.getByText('It is about every row').waitFor();
    await decideByKeys({ page }, 'deny', 'Not the whole table, please.');
    const { code, err } = await running.ended;
    assert.equal(code, 1);
    assert.match(err, /Not the whole table, please\./);
    await page.getByRole('article').getByText('denied').first().waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is opened by the link that psql shows, and approved with a thumb', async () => {
    const running = await psql("UPDATE orders SET note = 'by phone' WHERE id = 1001");
    let told = '';
    running.child.stderr?.on('data', (text: string) => (told += text));
    const link = await until('the link', async () => /https:\S+\/approvals\/[0-9a-f]{16}/.exec(told)?.[0]);
    const { page, complaints, close } = await stage.signIn('dana', new URL(link).pathname, phone);
    await page.getByRole('article').getByText("'by phone'").waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Approve' }).tap();
    await page.getByRole('button', { name: 'Approve this once' }).tap();
    assert.equal((await running.ended).code, 0);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is approved until a time, and then runs again by itself', async () => {
    const { page, close } = await stage.signIn('dana', '/approvals');
    const sql = "UPDATE orders SET note = 'again' WHERE id = 1002";
    const running = await psql(sql);
    await page.getByRole('article').getByText("'again'").waitFor();
    await page.keyboard.press('a');
    await page.getByRole('combobox', { name: 'For' }).click();
    await page.getByRole('option', { name: 'the very same, for 15 min' }).click();
    await page.getByRole('button', { name: 'Approve until then' }).click();
    assert.equal((await running.ended).code, 0);
    assert.equal((await (await psql(sql)).ended).code, 0);
    await page.getByText('Stands for').waitFor();
    await page.getByRole('button', { name: 'End this approval' }).click();
    await page.getByRole('button', { name: 'Deny it' }).click();
    await page.getByRole('article').getByText('denied').first().waitFor();
    await close();
  });

  test('that ran beforehand shows rows before and after, masked', async () => {
    const sql = "UPDATE customers SET city = 'York', email = 'new@mail.example' WHERE id = 1";
    const running = await psql(sql, { subject: 'trier', groups: ['triers'] });
    const { page, complaints, close } = await stage.signIn('dana', '/approvals');
    const preview = page.getByRole('region', { name: 'run beforehand' });
    await preview.getByText('1 row changed').waitFor();
    // On a phone, too, what is wide scrolls within itself.
    await page.setViewportSize({ width: 390, height: 800 });
    await assertFits(page);
    const [before, after] = await preview.locator('tbody tr').allInnerTexts();
    assert.match(before ?? '', /^before.*Ada Okafor.*a\*\*\*@.*Leeds/s);
    assert.match(after ?? '', /^after.*Ada Okafor.*n\*\*\*@.*York/s);
    await assertAccessible(page);
    await decideByKeys({ page }, 'approve');
    assert.equal((await running.ended).code, 0);
    const { rows } = await stage.owner.query('SELECT city, email FROM customers WHERE id = 1');
    assert.deepEqual(rows, [{ city: 'York', email: 'new@mail.example' }]);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('stays under one’s finger when another comes in', async () => {
    const first = await psql("UPDATE orders SET note = 'first' WHERE id = 1001");
    const { page, close } = await stage.signIn('dana', '/approvals');
    await page.getByRole('article').getByText("'first'").waitFor();
    const second = await psql("UPDATE orders SET note = 'second' WHERE id = 1001");
    await page.getByRole('list', { name: 'holds and requests' }).getByText("'second'").waitFor();
    await page.getByRole('article').getByText("'first'").waitFor();
    await decideByKeys({ page }, 'approve');
    assert.equal((await first.ended).code, 0);
    await page.keyboard.press('j');
    await page.getByRole('article').getByText("'second'").waitFor();
    await decideByKeys({ page }, 'deny');
    assert.equal((await second.ended).code, 1);
    await close();
  });
});

test('an auditor sees it and cannot decide, nor by the API', async () => {
  const running = await psql("UPDATE orders SET note = 'audited' WHERE id = 1001");
  const { page, complaints, close } = await stage.signIn('anna', '/approvals');
  await page.getByRole('article').getByText("'audited'").waitFor();
  await page.getByText('The rules name others').waitFor();
  assert.equal(await page.getByRole('button', { name: /Approve|Deny/ }).count(), 0);
  await page.keyboard.press('a');
  await page.keyboard.press('Enter');
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const status: unknown = await page.evaluate(`(async () => {
    const { csrf } = await (await fetch('/api/v1/me')).json();
    const headers = { 'content-type': 'application/json', 'sallyport-csrf': csrf };
    const body = JSON.stringify({ decision: 'approve' });
    return (await fetch('/api/v1/approvals/${id}', { method: 'POST', headers, body })).status;
  })()`);
  assert.equal(status, 403);
  running.child.kill();
  await running.ended;
  assert.deepEqual(complaints, []);
  await close();
});

describe('a request', () => {
  const omar: Who = { subject: 'omar-cli', kind: 'human', groups: ['oncall'] };

  async function ask(because: string, forMs: number): Promise<string> {
    const body = { target: 'orders', rule: 'on-call repairs orders', because, forMs };
    return (await (await apiOf(omar)).call(routes.openRequest, { body })).id;
  }

  /** How psql ends that omar starts. */
  const entering = async (): Promise<number | null> => (await (await psql('SELECT 1', omar)).ended).code;

  test('is granted, and lets in until it is ended', async () => {
    const id = await ask('order 1003 is stuck', 3_600_000);
    const { page, complaints, close } = await stage.signIn('dana', '/approvals');
    await page.getByText('order 1003 is stuck').waitFor();
    await assertAccessible(page);
    await decideByKeys({ page }, 'approve');
    await page.getByRole('article').getByText('granted').waitFor();
    assert.equal(await entering(), 0);
    await (await apiOf(omar)).call(routes.endRequest, { params: { id } });
    await page.getByRole('article').getByText('ended').waitFor();
    assert.equal(await entering(), 2);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('ends by itself once its time is over', async () => {
    const id = await ask('a moment is enough', 2_000);
    const { page, complaints, close } = await stage.signIn('dana', '/approvals');
    await page.getByText('a moment is enough').waitFor();
    await decideByKeys({ page }, 'approve');
    await page.getByRole('article').getByText('ended').waitFor();
    assert.equal(await entering(), 2);
    const { state } = await (await apiOf(omar)).call(routes.getRequest, { params: { id } });
    assert.equal(state, 'ended');
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('hostile text', () => {
  const markup = `<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>`;
  const hidden = '\u202e\u200b\u001b[2J\u0007';

  test('in every field is text, and shows what is hidden in it', async () => {
    // Hidden characters in a name, a purpose or a task are refused before anybody sees them.
    const agent: Who = { subject: markup, groups: ['crews'] };
    const { ticket } = await (await apiOf(agent)).exchange({ purpose: `${markup}purpose`, task: markup });
    const sql = `UPDATE orders SET note = '${markup}' /* ${hidden} */ WHERE id = 1001`;
    const running = await psql(sql, agent, ticket);
    const omar: Who = { subject: `omar ${markup}`, kind: 'human', groups: ['oncall'] };
    await (
      await apiOf(omar)
    ).call(routes.openRequest, {
      body: { target: 'orders', rule: 'on-call repairs orders', because: `${markup}${hidden}because` },
    });
    const { page, complaints, close } = await stage.signIn('dana', '/approvals');
    for (const [listed, what] of [
      ['omar <img', 'because'],
      ["SET note = '<img", 'purpose'],
    ] as const) {
      await page.getByRole('listitem').filter({ hasText: listed }).getByRole('link').click();
      await page.getByRole('article').getByText(what).first().waitFor();
      assert.equal(await page.locator('img, main script').count(), 0);
      const marks = await page.getByRole('article').locator('mark').allTextContents();
      assert.ok(
        marks.some((mark) => mark.includes('\\u{202e}')),
        marks.join(),
      );
      const lines = (await page.locator('#root').innerText()).split(/[\n\t]/);
      for (const line of lines) assert.doesNotMatch(line, /[\p{Bidi_Control}\p{Cc}\u200b]/u);
      await assertAccessible(page);
    }
    assert.equal(await page.evaluate('window.hacked'), undefined);
    running.child.kill();
    await running.ended;
    assert.deepEqual(complaints, []);
    await close();
  });
});

test('what was decided stays to be read, with who and why', async () => {
  const running = await psql("UPDATE orders SET note = 'read later' WHERE id = 1001");
  const { page, complaints, close } = await stage.signIn('dana', '/approvals');
  await page.getByRole('article').getByText("'read later'").waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByLabel('Because').fill('seen with the customer');
  await page.getByRole('button', { name: 'Approve this once' }).click();
  assert.equal((await running.ended).code, 0);
  await page.getByText('Decided', { exact: true }).click();
  const one = page.getByRole('listitem').filter({ hasText: "'read later'" });
  await one.getByText('approved, ran').waitFor();
  await one.getByRole('link').click();
  await page.getByRole('article').getByText('seen with the customer').waitFor();
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await close();
});
