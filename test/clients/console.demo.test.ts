import assert from 'node:assert/strict';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { test } from 'node:test';

import { startChromium } from '../fixtures/chromium.ts';
import { decideByKeys } from '../fixtures/console-stage.ts';
import { start } from './stage.ts';

const main = resolve(import.meta.dirname, '../../demo/main.ts');

test('the demo stays, with life in it, and somebody without a password decides', async (t) => {
  const how = 'this is Node itself';
  const running = start([process.execPath, main, '--stay'], { env: process.env, how });
  const address = Promise.withResolvers<string>();
  let told = '';
  running.child.stdout?.on('data', (text: string) => {
    told += text;
    const found = /Open the console:\s+(https:\S+)\s/.exec(told)?.[1];
    if (found !== undefined) address.resolve(found);
  });
  const chromium = await startChromium();
  t.after(() => chromium.close());
  t.after(() => running.child.kill('SIGKILL'));
  const ended = once(running.child, 'close').then(() => Promise.reject(new Error(`it has ended:\n${told}`)));
  ended.catch(() => undefined); // waited for until the address is there
  const url = await Promise.race([address.promise, ended]);

  const { page, complaints } = await chromium.open([new URL(url).origin], { baseURL: url });
  // Only now is it known where people sign in.
  await page.context().unrouteAll();
  await page.goto('/');
  await page.getByRole('button', { name: 'dana' }).click();
  const waiting = page.getByRole('region', { name: 'Waiting for a person' });
  await waiting.getByText('crew-import').click();
  await decideByKeys({ page }, 'approve');
  await page.getByRole('article').getByText('approved, ran').waitFor();
  await page.goto('/');
  for (const name of ['crew-reports', 'crew-support', 'crew-import'])
    await page
      .getByRole('region', { name: /Live sessions/ })
      .getByText(name)
      .waitFor();
  await page.getByText('late parcels').waitFor();
  await page.goto('/access');
  await page.getByRole('button', { name: 'orders' }).waitFor();
  assert.deepEqual(complaints, []);
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});
