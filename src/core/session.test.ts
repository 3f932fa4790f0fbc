import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, identityOf, sessionOf } from '../../test/fixtures/commands.ts';
import { SallyportError } from './errors.ts';
import { eventIdentity } from './session.ts';

test('events show who it is and who acts for it, and nothing of the proof', () => {
  const identity = identityOf('crew', {
    kind: 'human',
    groups: ['crews'],
    claims: { jti: 'secret', email: 'crew@acme.dev' },
    owner: 'olga',
    actor: agent,
  });
  assert.deepEqual(eventIdentity(identity), {
    subject: 'crew',
    issuer: 'https://idp',
    kind: 'human',
    groups: ['crews'],
    actor: { subject: 'agent-1', issuer: 'https://idp', kind: 'agent' },
  });
});

test('events show the ticket, and what its holder says it is for', () => {
  const said = { ticket: 'id', purpose: 'repair', task: '4711' };
  const { actor: _none, ...it } = eventIdentity({ ...agent, ...said, within: { targets: ['orders'] } });
  assert.deepEqual(it, {
    subject: 'agent-1',
    issuer: 'https://idp',
    kind: 'agent',
    groups: ['crews'],
    ...said,
  });
});

test('a session ends once, with the first reason', () => {
  const session = sessionOf();
  const reasons: unknown[] = [];
  session.ended.addEventListener('abort', () => reasons.push(session.ended.reason));
  const first = new SallyportError('revoked', 'killed');
  session.end(first);
  session.end(new SallyportError('closed', 'left'));
  assert.deepEqual(reasons, [first]);
  assert.equal(session.ended.reason, first);
});
