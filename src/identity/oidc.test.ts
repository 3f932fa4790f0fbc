import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startProvider } from '../../test/fixtures/oidc-provider.ts';
import type { TestProvider } from '../../test/fixtures/oidc-provider.ts';
import type { IssuerSpec } from '../core/issuer.ts';
import { keysStaleMsMax, refetchCooldownMs } from './issuer-keys.ts';
import { tokenFaultOf } from './token-fault.ts';
import type { TokenFault } from './token-fault.ts';
import { Identities } from './verifier.ts';

// Against a real provider over HTTP. The steps below are one story; time passes by moving the gateway's clock.

const tokenTtlS = 48 * 3600;
let provider: TestProvider;
let identities: Identities;
const failures: string[] = [];
let aheadMs = 0;
const clock = { now: () => Date.now() + aheadMs };

before(async () => {
  provider = await startProvider('first', tokenTtlS);
  const onKeysFailed = (issuer: string): void => void failures.push(issuer);
  identities = new Identities({ issuers: [specOf({})], clock, onKeysFailed });
});
after(() => provider.stop());

function specOf(change: Partial<IssuerSpec>): IssuerSpec {
  return { issuer: provider.issuer, audience: 'sallyport', kind: 'agent', groups: ['all-crews'], ...change };
}

async function assertRefused(token: string, fault: TokenFault): Promise<void> {
  await assert.rejects(identities.verify(token), (error) => tokenFaultOf(error) === fault);
}

test('an issuer finds its keys by discovery, and they outlive it for a while', async (t) => {
  let token = '';

  await t.test('a valid token becomes an identity', async () => {
    token = await provider.token('sallyport');
    const identity = await identities.verify(token);
    assert.equal(identity.subject, 'crew-7');
    assert.equal(identity.issuer, provider.issuer);
    assert.equal(identity.kind, 'agent');
    assert.deepEqual(identity.groups, ['all-crews', 'crews']);
    assert.equal(identity.claims['client_id'], 'crew-7');
    assert.ok(identity.expiresAtMs > clock.now() + (tokenTtlS - 60) * 1000);
  });

  await t.test('a token for another audience is refused', async () => {
    await assertRefused(await provider.token('other'), 'audience');
  });

  await t.test('a rotated key is fetched, once the cooldown has passed', async () => {
    await provider.stop();
    await provider.start('second');
    const rotated = await provider.token('sallyport');
    await assertRefused(rotated, 'unknown_key');
    aheadMs += refetchCooldownMs;
    assert.equal((await identities.verify(rotated)).subject, 'crew-7');
    await assertRefused(token, 'unknown_key');
    token = rotated;
  });

  await t.test('while the issuer is away its keys are used', async () => {
    await provider.stop();
    aheadMs += keysStaleMsMax - 60_000;
    assert.deepEqual(failures, []);
    assert.equal((await identities.verify(token)).subject, 'crew-7');
    assert.deepEqual(failures, [provider.issuer]);
  });

  await t.test('but not for longer than a day', async () => {
    aheadMs += 60_000;
    await assertRefused(token, 'issuer_unavailable');
  });

  await t.test('and it is asked again when it is back', async () => {
    await provider.start('second');
    aheadMs += 5_000;
    assert.equal((await identities.verify(token)).subject, 'crew-7');
  });

  await t.test('an expired token is refused', async () => {
    aheadMs += tokenTtlS * 1000;
    await assertRefused(token, 'expired');
  });

  await t.test('jwksUri needs no discovery', async () => {
    const direct = new Identities({
      issuers: [specOf({ jwksUri: `${provider.issuer}/jwks` })],
      clock: { now: () => Date.now() },
    });
    assert.equal((await direct.verify(await provider.token('sallyport'))).subject, 'crew-7');
  });
});
