import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { assertAccessible, assertFits, phone } from '../fixtures/chromium.ts';
import { connect } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';
import { until } from '../fixtures/until.ts';

const script = '<script>document.title=1</script>';
let stage: ConsoleStage;
let crew: Visitor;
let other: Visitor;
before(async () => {
  stage = await setConsoleStage();
  crew = await connect(stage.gateway, { subject: 'crew-7' });
  await crew.query('SELECT 1');
  await assert.rejects(crew.query('DROP TABLE orders'));
  other = await connect(stage.gateway, { subject: `crew-${script}`, groups: ['crews', script] });
});
after(async () => {
  await other.end();
  await stage.stop();
});

describe('agents', () => {
  test('are listed with what they do, and lead to their sessions', async () => {
    const { page, complaints, close } = await stage.signIn('anna', '/agents');
    await page.getByRole('link', { name: 'crew-7' }).click();
    const details = page.getByRole('article', { name: 'details' });
    await details.getByRole('row', { name: 'no schema changes by agents 0 1' }).waitFor();
    await assertAccessible(page);
    assert.equal(await page.getByRole('button', { name: 'Shut it out' }).count(), 0);
    await details.getByRole('link', { name: 'Show them' }).click();
    await page.getByRole('region', { name: 'live' }).getByRole('link', { name: 'crew-7' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'crew-<' }).count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('are shut out after one has said so twice, and let in again', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/agents');
    await page.getByRole('link', { name: 'crew-7' }).click();
    await page.getByRole('button', { name: 'Shut it out' }).click();
    const dialog = page.getByRole('dialog', { name: 'Shut it out?' });
    await dialog.getByText('1 live session').waitFor();
    await assertAccessible(page);
    await dialog.getByLabel('Because').fill('went mad');
    await dialog.getByRole('button', { name: 'Shut it out' }).click();
    await page.getByRole('article').getByText('went mad').waitFor();
    await until('the end of its session', () => crew.failure !== undefined);
    await assert.rejects(connect(stage.gateway, { subject: 'crew-7' }));
    await other.query('SELECT 1');
    await page.getByRole('button', { name: 'Let it in again' }).click();
    await page.getByRole('button', { name: 'Shut it out' }).waitFor();
    await (await connect(stage.gateway, { subject: 'crew-7' })).end();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('with hostile names are text, fit a phone and are accessible', async () => {
    for (const options of [phone, { colorScheme: 'dark' } as const]) {
      const { page, complaints, close } = await stage.signIn('dana', '/agents', options);
      await page.getByRole('link', { name: 'crew-<script>' }).click();
      await page.getByRole('article').getByText(`crews, ${script}`).waitFor();
      await assertFits(page);
      assert.equal(await page.locator('main script').count(), 0);
      assert.match(await page.title(), /^Agents/);
      await assertAccessible(page);
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  test('are not for everybody, who is told whom to ask', async () => {
    const { page, complaints, close } = await stage.signIn('omar', '/agents');
    await page.getByText('Rules do not let you see this').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});
