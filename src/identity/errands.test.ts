import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openLocalIssuer } from './local.ts';
import type { LocalIssuer } from './local.ts';
import { Errands } from './errands.ts';
import { Identities } from './verifier.ts';

const clock = { now: () => Date.parse('2026-11-23T12:00:00.000Z') };
const terms = { target: 'orders', client: '10.0.0.7' };

let dir: string;
let local: LocalIssuer;
let errands: Errands;
let verifier: Identities;
let token: string;

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-errands-'));
  local = await openLocalIssuer({ dataDir: dir, clock });
  errands = await Errands.open(dir);
  verifier = new Identities({ issuers: [], local, errands, clock });
  token = await local.issue({ subject: 'crew-7', kind: 'agent', groups: ['crews'], ttlMs: 60_000 });
});
after(() => rmSync(dir, { recursive: true }));

test('a pass is the same identity, for one target, from where its client is', async () => {
  const { within, errand, ...same } = await verifier.verify(errands.pass({ ...terms, token }));
  assert.deepEqual(same, await verifier.verify(token));
  assert.deepEqual(within, { targets: ['orders'] });
  assert.deepEqual(errand, { client: '10.0.0.7' });
});

test('the same terms make the same pass, so that requests share a session', async () => {
  assert.equal(errands.pass({ ...terms, token }), errands.pass({ ...terms, token }));
  const another = await Errands.open(dir);
  assert.equal(another.pass({ ...terms, token }), errands.pass({ ...terms, token }), 'in every process');
});

test('a pass ends with its token', async () => {
  const later = new Identities({ issuers: [], local, errands, clock: { now: () => clock.now() + 61_000 } });
  const old = await openLocalIssuer({ dataDir: dir, clock: { now: () => clock.now() + 120_000 } });
  later.update({ issuers: [], local: old });
  await assert.rejects(later.verify(errands.pass({ ...terms, token })), /expired/);
});

describe('what is no pass', () => {
  const rows: readonly [title: string, of: (pass: string) => string | Promise<string>][] = [
    ['for another target', (pass) => pass.replace(/^spe_[\w-]+/, `spe_${encoded(['hr', '10.0.0.7'])}`)],
    [
      'from another address',
      (pass) => pass.replace(/^spe_[\w-]+/, `spe_${encoded(['orders', '127.0.0.1'])}`),
    ],
    [
      'of another token',
      async (pass) =>
        pass.replace(token, await local.issue({ subject: 'eve', kind: 'human', groups: [], ttlMs: 60_000 })),
    ],
    ['without its proof', (pass) => pass.replace(/\.[\w-]{43}\./, '.')],
    ['with another proof', (pass) => pass.replace(/\.[\w-]{43}\./, `.${'A'.repeat(43)}.`)],
    ['of a pass', (pass) => errands.pass({ ...terms, token: pass })],
    ['of nothing', () => 'spe_'],
    [
      'of another gateway',
      async () => {
        const other = mkdtempSync(join(tmpdir(), 'sallyport-errands-'));
        try {
          return (await Errands.open(other)).pass({ ...terms, token });
        } finally {
          rmSync(other, { recursive: true });
        }
      },
    ],
  ];
  for (const [title, of] of rows) {
    test(title, async () => {
      const pass = await of(errands.pass({ ...terms, token }));
      await assert.rejects(verifier.verify(pass), /this is no pass of this gateway/);
    });
  }

  test('anything, where none are taken', async () => {
    const strict = new Identities({ issuers: [], local, clock });
    await assert.rejects(strict.verify(errands.pass({ ...terms, token })), /no pass/);
  });
});

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
