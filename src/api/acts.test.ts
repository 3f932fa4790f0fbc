import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeGateway, startMs } from '../../test/fixtures/fake-gateway.ts';
import { createApi } from './server.ts';

const by = { subject: 'sam', issuer: 'https://login.test/', kind: 'human', groups: ['security'] } as const;

async function act(gateway: FakeGateway, line: string, body?: unknown): Promise<Response> {
  const [method = '', path = ''] = line.split(' ');
  return createApi(gateway.parts).fetch(
    new Request(`http://gateway.test/api/v1${path}`, {
      method,
      headers: { authorization: 'Bearer sam', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

test('killing ends the session and nobody else’s, and is on record', async () => {
  const gateway = new FakeGateway();
  assert.deepEqual(await (await act(gateway, 'DELETE /sessions/session-1')).json(), { ended: 1 });
  assert.equal(gateway.session.ended.aborted, true);
  assert.match(String(gateway.session.ended.reason), /sam ended this session/);
  assert.deepEqual(gateway.journal, [{ type: 'session.killed', session: 'session-1', by }]);
});

test('a session of another process is not said to be ended', async () => {
  const gateway = new FakeGateway();
  gateway.sessions = gateway.sessions.map((record) => ({ ...record, id: `${record.id}b`, closedAtMs: null }));
  const response = await act(gateway, 'DELETE /sessions/session-1b');
  assert.equal(response.status, 409);
  assert.match(await response.text(), /another process/);
});

test('revoking shuts out, ends live sessions and is on record with its reason', async () => {
  const gateway = new FakeGateway();
  const response = await act(gateway, 'POST /revocations', { subject: 'crew-7', because: 'went mad' });
  assert.deepEqual(await response.json(), { ended: 1 });
  assert.equal(gateway.session.ended.aborted, true);
  assert.deepEqual(gateway.revoked, [
    { subject: 'crew-7', issuer: null, atMs: startMs, by, because: 'went mad' },
  ]);
  assert.deepEqual(gateway.journal, [
    { type: 'identity.revoked', subject: 'crew-7', by, because: 'went mad' },
  ]);
});

test('revoking at one issuer leaves the same name of another alone', async () => {
  const gateway = new FakeGateway();
  const elsewhere = { subject: 'crew-7', issuer: 'https://other.test/' };
  assert.deepEqual(await (await act(gateway, 'POST /revocations', elsewhere)).json(), { ended: 0 });
  assert.equal(gateway.session.ended.aborted, false);
});

test('a store that fails does not keep the live sessions of a revoked identity', async () => {
  const gateway = new FakeGateway();
  const failing = {
    ...gateway.parts.revocations,
    add: async () => {
      throw new Error('store down');
    },
  };
  const broken = { parts: { ...gateway.parts, revocations: failing } };
  const response = await act(Object.assign(gateway, broken), 'POST /revocations', { subject: 'crew-7' });
  assert.equal(response.status, 500);
  assert.equal(gateway.session.ended.aborted, true);
});

test('restoring lets in again and is on record', async () => {
  const gateway = new FakeGateway();
  const issuer = 'https://other.test/';
  gateway.revoked.push({ subject: 'gone', issuer, atMs: startMs, by });
  assert.equal((await act(gateway, 'DELETE /revocations/gone')).status, 404, 'another issuer is another');
  const response = await act(gateway, `DELETE /revocations/gone?issuer=${encodeURIComponent(issuer)}`);
  assert.deepEqual(await response.json(), { restored: true });
  assert.deepEqual(gateway.revoked, []);
  assert.deepEqual(gateway.journal, [{ type: 'identity.restored', subject: 'gone', issuer, by }]);
});

const acts: readonly [string, unknown][] = [
  ['DELETE /sessions/session-1', undefined],
  ['POST /revocations', { subject: 'crew-7' }],
  ['DELETE /revocations/gone', undefined],
];

for (const [line, body] of acts) {
  test(`${line} does nothing while the record cannot be written`, async () => {
    const gateway = new FakeGateway();
    gateway.revoked.push({ subject: 'gone', issuer: null, atMs: startMs, by });
    gateway.journalFails = true;
    const response = await act(gateway, line, body);
    assert.equal(response.status, 503);
    assert.match(await response.text(), /"code":"journal_unavailable"/);
    assert.equal(gateway.session.ended.aborted, false);
    assert.equal(gateway.revoked.length, 1);
    gateway.journalFails = false;
    assert.equal((await act(gateway, line, body)).status, 200, 'and is taken again once it can');
  });
}
