/**
 * Takes the pictures of docs/console.md: `node scripts/screenshots.ts`, or some of them: `… approvals policy`. The demo's
 * gateway with its agents at work is what they show. Wants Chromium.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { bringToLife } from '../demo/life.ts';
import { setStage } from '../demo/stage.ts';
import type { Stage } from '../demo/stage.ts';
import { phone, startChromium } from '../test/fixtures/chromium.ts';
import type { Chromium } from '../test/fixtures/chromium.ts';
import { builtConsole } from './console.ts';

const folder = resolve(import.meta.dirname, '../docs/console');
/** A picture is part of the repository, so it stays small. */
const bytesMax = 100_000;

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly onPhone?: true;
  /** Goes on from there, until the page is as it should be seen. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const shots: readonly Shot[] = [
  { name: 'approvals', path: '/approvals', prepare: openHold },
  { name: 'approvals-phone', path: '/approvals', onPhone: true, prepare: openHold },
  { name: 'sessions', path: '/sessions' },
  { name: 'replay', path: '/sessions', prepare: openSession },
  { name: 'access', path: '/access' },
  { name: 'policy', path: '/policy' },
  { name: 'audit', path: '/audit', prepare: verifyChain },
  { name: 'agents', path: '/agents', prepare: openAgent },
  // Last, when there is most to see.
  { name: 'now', path: '/', prepare: (page) => page.getByText('crew-support').first().waitFor() },
];

const wanted = new Set(process.argv.slice(2));
mkdirSync(folder, { recursive: true });
await using stack = new AsyncDisposableStack();
const stage = stack.adopt(await setStage({ consoleDir: await builtConsole() }), (it) => it.close());
const chromium = stack.adopt(await startChromium(), (it) => it.close());
stack.adopt(await bringToLife(stage), (it) => it.stop());
for (const shot of shots) {
  if (wanted.size > 0 && !wanted.has(shot.name)) continue;
  for (const scheme of ['light', 'dark'] as const) await take(stage, chromium, shot, scheme);
}

async function take(on: Stage, by: Chromium, shot: Shot, colorScheme: 'light' | 'dark'): Promise<void> {
  const url = `https://${on.host}:${on.httpPort}`;
  const size = shot.onPhone === true ? phone : { viewport: { width: 1280, height: 800 } };
  const { page, close } = await by.open([url, on.issuer], { ...size, colorScheme, deviceScaleFactor: 1 });
  await page.goto(`${url}${shot.path}`);
  await page.getByRole('button', { name: 'dana' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await shot.prepare?.(page);
  // Whatever was asked for has come, and what moves has come to rest.
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.getByRole('status', { name: 'loading' }).first().waitFor({ state: 'detached' });
  const cdp = await page.context().newCDPSession(page);
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  const picture = Buffer.from(data, 'base64');
  const file = join(folder, `${shot.name}-${colorScheme}.webp`);
  if (picture.length > bytesMax) throw new Error(`${file} has ${picture.length} bytes`);
  writeFileSync(file, picture);
  await close();
}

async function openHold(page: Page): Promise<void> {
  await page.getByRole('listitem').filter({ hasText: 'crew-import' }).getByRole('link').click();
  await page.getByRole('button', { name: 'Approve' }).waitFor();
}

async function openSession(page: Page): Promise<void> {
  await page
    .getByRole('link', { name: /crew-support/ })
    .first()
    .click();
  await page.getByText('customers').first().waitFor();
}

async function verifyChain(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Verify/ }).click();
  await page.getByText('intact', { exact: true }).waitFor();
}

async function openAgent(page: Page): Promise<void> {
  await page.getByRole('link', { name: /crew-support/ }).click();
  await page.getByRole('article').waitFor();
}
