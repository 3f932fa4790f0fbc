import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nowMs, published, publisher, rsaKey, signed, spec } from '../../test/fixtures/tokens.ts';
import { tokenFaultOf } from './token-fault.ts';
import { Identities } from './verifier.ts';

const key = rsaKey('one');
const clock = { now: () => nowMs };
const people = { ...spec, audience: 'console', kind: 'human' } as const;

function identitiesWith(...issuers: ConstructorParameters<typeof Identities>[0]['issuers']) {
  const { fetch, fetched } = publisher(() => published(key));
  return { identities: new Identities({ issuers, clock, fetch }), fetched };
}

test('one issuer may serve agents and people, told apart by audience, with one set of keys', async () => {
  const { identities, fetched } = identitiesWith(spec, people);
  assert.equal((await identities.verify(await signed(key))).kind, 'agent');
  assert.equal((await identities.verify(await signed(key, { aud: 'console' }))).kind, 'human');
  assert.equal(fetched.length, 2); // discovery and keys
});

test('a token for both of them says neither', async () => {
  const { identities } = identitiesWith(spec, people);
  const token = await signed(key, { aud: ['sallyport', 'console'] });
  await assert.rejects(identities.verify(token), (error) => tokenFaultOf(error) === 'audience');
});

test('an update keeps the keys of issuers that stay, and takes effect at once', async () => {
  const { identities, fetched } = identitiesWith(spec);
  const token = await signed(key);
  await identities.verify(token);
  identities.update({ issuers: [{ ...spec, groups: ['more'] }] });
  assert.deepEqual((await identities.verify(token)).groups, ['more', 'crews']);
  assert.equal(fetched.length, 2);
  identities.update({ issuers: [] });
  await assert.rejects(identities.verify(token), (error) => tokenFaultOf(error) === 'unknown_issuer');
});

test('an update that is wrong leaves the old issuers in force', async () => {
  const { identities } = identitiesWith(spec);
  const wrong = { ...spec, issuer: 'http://login.test' };
  assert.throws(() => identities.update({ issuers: [people, wrong] }), /must be an https URL/);
  assert.equal((await identities.verify(await signed(key))).kind, 'agent');
});
