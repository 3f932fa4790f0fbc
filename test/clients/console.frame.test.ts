import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { places } from '../../src/console/app/places.ts';
import { assertAccessible, assertFits, phone } from '../fixtures/chromium.ts';
import { goByKeys, setConsoleStage } from '../fixtures/console-stage.ts';
import type { ConsoleStage } from '../fixtures/console-stage.ts';

let stage: ConsoleStage;
before(async () => {
  stage = await setConsoleStage();
});
after(() => stage.stop());

describe('signing in', () => {
  test('leads to the provider, back to the very page, and out again', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/approvals');
    await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
    await page.getByText('dba, security').waitFor();
    await page.getByRole('button', { name: 'You, and how this looks' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('Do you want to sign-out').waitFor();
    const { cookies } = await page.context().storageState();
    assert.ok(!cookies.some(({ name }) => name === '__Host-sallyport'));
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('every page', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`is accessible, asks nobody outside and breaks no policy (${colorScheme})`, async () => {
      const { page, complaints, close } = await stage.signIn('dana', '/', { colorScheme });
      for (const { to, name } of places) {
        await page.goto(`${stage.url}${to}`);
        await page.getByRole('heading', { level: 1, name }).waitFor();
        await assertAccessible(page);
      }
      assert.deepEqual(complaints, []);
      await close();
    });
  }

  test('fits a phone', async () => {
    const { page, complaints, close } = await stage.signIn('dana', '/', phone);
    for (const { to, name } of places) {
      await page.goto(`${stage.url}${to}`);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await assertFits(page);
    }
    await page.getByRole('button', { name: 'Pages' }).click();
    await page.getByRole('link', { name: 'Approvals' }).click();
    await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('keys', () => {
  test('lead to every page, and are listed', async () => {
    const { page, close } = await stage.signIn('dana');
    for (const { key, name } of places) await goByKeys({ page }, key, name);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Go to Approvals').waitFor();
    await close();
  });
});
