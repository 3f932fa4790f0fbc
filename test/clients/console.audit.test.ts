import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { assertAccessible, assertFits, phone } from '../fixtures/chromium.ts';
import { connect } from '../fixtures/clients.ts';
import { setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';

const script = '<script>document.title=1</script><img src=x onerror=document.title=1>';
let stage: ConsoleStage;
before(async () => {
  stage = await setConsoleStage();
  const client = await connect(stage.gateway, { subject: `crew-${script}` });
  await client.query(`SELECT '\u202e\u001b[2J${script}'`);
  await assert.rejects(client.query('DROP TABLE orders'));
  await client.end();
});
after(() => stage.stop());

describe('the record', () => {
  test('is found by type and text, and each event is there in full', async () => {
    const { page, complaints, close } = await stage.signIn('anna', '/audit');
    const events = page.getByRole('region', { name: 'events' });
    await events.getByRole('button', { name: 'session.closed' }).waitFor();
    await assertAccessible(page);
    await page.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: 'command.refused' }).click();
    await events.getByRole('button', { name: 'session.closed' }).waitFor({ state: 'detached' });
    await events.getByRole('button', { name: 'DROP TABLE orders' }).click();
    await events.getByText('"code": "denied"').waitFor();
    await assertAccessible(page);
    await events.getByRole('link', { name: 'Play the session from here' }).click();
    await page.getByRole('article').getByText('Schema changes go through migrations').waitFor();
    await page.goto(`${stage.url}/audit?text=nowhere`);
    await page.getByText('No event fits').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is downloaded as it stands, and as a table', async () => {
    const { page, complaints, close } = await stage.signIn('anna', '/audit');
    for (const [item, pattern] of [
      ['NDJSON', /^\{"seq":1,.*"gateway\.started"[^]*"command\.refused"/],
      ['CSV', /^"seq","time","type"[^]*"DROP TABLE orders"/],
    ] as const) {
      await page.getByRole('button', { name: 'Download' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: item }).click();
      const chunks = await (await (await download).createReadStream()).toArray();
      assert.match(Buffer.concat(chunks).toString(), pattern);
    }
    assert.deepEqual(complaints, []);
    await close();
  });

  test('shows hostile text as text', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/audit');
    const events = page.getByRole('region', { name: 'events' });
    await events.getByRole('button', { name: '^[[2J<script>' }).click();
    await events.getByRole('button', { name: 'session.opened' }).click();
    await events.getByText('"subject": "crew-<script>').waitFor();
    const told = await events.innerText();
    assert.ok(told.includes('\\u{202e}'));
    assert.doesNotMatch(told.replaceAll(/[\n\t]/g, ''), /[\p{Cc}\u202e]/u);
    assert.equal(await page.locator('main script, main img').count(), 0);
    assert.match(await page.title(), /^Audit/);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('is one’s own where one may not read all of it', async () => {
    const { page, complaints, close } = await stage.signIn('mira', '/audit');
    await page.getByText('Nothing is on record for you yet').waitFor();
    assert.equal(await page.getByRole('button', { name: /Verify|Download/ }).count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const [what, options] of [
    ['on a phone', phone],
    ['in the dark', { colorScheme: 'dark' }],
  ] as const) {
    test(`is accessible ${what}`, async () => {
      const { page, complaints, close } = await stage.signIn('dana', '/audit', options);
      await page.getByRole('button', { name: 'DROP TABLE orders' }).click();
      await page.getByText('"code": "denied"').waitFor();
      await assertAccessible(page);
      await assertFits(page);
      assert.deepEqual(complaints, []);
      await close();
    });
  }
});

describe('the chain', () => {
  test('is verified on request, and what was changed is shown', async () => {
    const { page, complaints, close } = await stage.signIn('anna', '/audit');
    await page.getByText('not verified yet').waitFor();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('intact', { exact: true }).waitFor();
    await assertAccessible(page);
    forge(
      join(stage.gateway.dataDir, 'journal/journal-00000001.ndjson'),
      'DROP TABLE orders',
      'DROP TABLE others',
    );
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByText('broken', { exact: true }).waitFor();
    await page.getByText('journal-00000001.ndjson').waitFor();
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
    await close();
  });
});

/** Somebody who can write to the folder makes it tell something else, of the same length. */
function forge(file: string, text: string, other: string): void {
  const at = readFileSync(file).indexOf(text);
  const handle = openSync(file, 'r+');
  writeSync(handle, other, at);
  closeSync(handle);
}
