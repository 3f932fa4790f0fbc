import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONWebKeySet } from 'jose';
import { ecKey, published } from '../../test/fixtures/tokens.ts';
import {
  IssuerKeys,
  keysFreshMs,
  keysStaleMsMax,
  refetchCooldownMs,
  retryCooldownMs,
} from './issuer-keys.ts';
import { tokenFaultOf } from './token-fault.ts';

const [one, two] = [ecKey('one'), ecKey('two')];
const down = new Error('connect ECONNREFUSED');

/** An issuer that answers what it is set to, and a clock that is moved. */
function issuerWith(...keys: readonly ReturnType<typeof ecKey>[]) {
  const it = { nowMs: 1e12, fetches: 0, answer: published(...keys) as JSONWebKeySet | Error };
  const fetch = async () => {
    it.fetches++;
    if (it.answer instanceof Error) throw it.answer;
    return it.answer;
  };
  const issuerKeys = new IssuerKeys(fetch, { now: () => it.nowMs });
  const find = async (kid: string) => {
    try {
      return (await issuerKeys.keyFor({ alg: 'ES256', kid })).type;
    } catch (error) {
      return tokenFaultOf(error) ?? (error instanceof Error && 'code' in error ? error.code : error);
    }
  };
  return Object.assign(it, { find });
}

const unknown = 'ERR_JWKS_NO_MATCHING_KEY';

test('keys are fetched once, however many ask at once', async () => {
  const issuer = issuerWith(one);
  assert.deepEqual(await Promise.all([issuer.find('one'), issuer.find('one'), issuer.find('one')]), [
    'public',
    'public',
    'public',
  ]);
  assert.equal(issuer.fetches, 1);
});

test('a flood of unknown keys makes one fetch a cooldown', async () => {
  const issuer = issuerWith(one);
  await issuer.find('one');
  for (let step = 0; step < 100; step++) assert.equal(await issuer.find(`kid${step}`), unknown);
  assert.equal(issuer.fetches, 1);
  issuer.nowMs += refetchCooldownMs;
  for (let step = 0; step < 100; step++) assert.equal(await issuer.find(`kid${step}`), unknown);
  assert.equal(issuer.fetches, 2);
});

test('a withdrawn key stops counting once the keys are no longer fresh', async () => {
  const issuer = issuerWith(one);
  assert.equal(await issuer.find('one'), 'public');
  issuer.answer = published(two);
  issuer.nowMs += keysFreshMs - 1;
  assert.equal(await issuer.find('one'), 'public');
  issuer.nowMs += 1;
  assert.equal(await issuer.find('one'), unknown);
});

test('keys that stood twice are usable again when the issuer has tidied up', async () => {
  const issuer = issuerWith(one, ecKey('one'));
  assert.equal(await issuer.find('one'), 'ERR_JWKS_MULTIPLE_MATCHING_KEYS');
  issuer.answer = published(one);
  issuer.nowMs += refetchCooldownMs;
  assert.equal(await issuer.find('one'), 'public');
});

test('an issuer that is down at first is asked again soon, but not by every token', async () => {
  const issuer = issuerWith(one);
  const good = issuer.answer;
  issuer.answer = down;
  assert.equal(await issuer.find('one'), 'issuer_unavailable');
  assert.equal(await issuer.find('one'), 'issuer_unavailable');
  assert.equal(issuer.fetches, 1);
  issuer.answer = good;
  issuer.nowMs += retryCooldownMs;
  assert.equal(await issuer.find('one'), 'public');
});

test('keys outlive an outage by a day and no longer', async () => {
  const issuer = issuerWith(one);
  await issuer.find('one');
  issuer.answer = down;
  issuer.nowMs += keysStaleMsMax - 1;
  assert.equal(await issuer.find('one'), 'public');
  issuer.nowMs += 1;
  assert.equal(await issuer.find('one'), 'issuer_unavailable');
});

test('a broken document counts as an outage', async () => {
  const issuer = issuerWith(one);
  await issuer.find('one');
  issuer.answer = { keys: [] };
  Object.assign(issuer.answer, { keys: 'none' });
  issuer.nowMs += keysFreshMs;
  assert.equal(await issuer.find('one'), 'public');
});

test('a clock that is stepped back makes the keys old, and never stops fetching', async () => {
  const issuer = issuerWith(one);
  await issuer.find('one');
  issuer.nowMs -= 1e9;
  issuer.answer = published(two);
  assert.equal(await issuer.find('one'), unknown);
  assert.equal(await issuer.find('two'), 'public');
  issuer.nowMs -= 1e9;
  issuer.answer = down;
  assert.equal(await issuer.find('two'), 'issuer_unavailable');
});

test('keys that are private, symmetric or for encryption are not used', async () => {
  const issuer = issuerWith(one);
  const { privateKey } = ecKey('private');
  issuer.answer = {
    keys: [
      { ...privateKey.export({ format: 'jwk' }), kid: 'private' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric' },
      { ...two.publicKey.export({ format: 'jwk' }), kid: 'encryption', use: 'enc' },
    ] as JSONWebKeySet['keys'],
  };
  assert.equal(await issuer.find('private'), 'ERR_JWKS_INVALID');
  assert.equal(await issuer.find('symmetric'), unknown);
  assert.equal(await issuer.find('encryption'), unknown);
});
