import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeGateway, startMs } from '../../test/fixtures/fake-gateway.ts';
import { createClient } from './client.ts';
import { routes } from './contract/routes.ts';
import { createApi } from './server.ts';

async function get(gateway: FakeGateway, path: string, who = 'sam', method = 'GET') {
  const request = new Request(`http://gateway.test/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${who}` },
  });
  const response = await createApi(gateway.parts).fetch(request);
  return { status: response.status, text: await response.text() };
}

test('a search is what was asked, with times as the journal writes them', async () => {
  const gateway = new FakeGateway();
  await get(gateway, '/events?rule=r&text=%25&since=2026-11-23T10:00:00%2B01:00&after=9&limit=3');
  assert.deepEqual(gateway.searched, [
    { rule: 'r', text: '%', since: '2026-11-23T09:00:00.000Z', before: 9, limit: 3 },
  ]);
});

test('without the right a search is for what one did oneself, in sessions', async () => {
  const gateway = new FakeGateway();
  await get(gateway, '/events?target=orders', 'crew');
  const own = { subject: 'crew-7', issuer: 'https://login.test/' };
  assert.deepEqual(gateway.searched, [{ target: 'orders', limit: 50, own, ofSessions: true }]);
  assert.equal((await get(gateway, '/events?issuer=https://other', 'crew')).status, 403);
});

test('sessions are searched by what was asked in them, and only those that one may see are told', async () => {
  const gateway = new FakeGateway();
  const ids = async (query: string, who: string) => {
    const { sessions } = JSON.parse((await get(gateway, `/sessions?${query}`, who)).text);
    return sessions.map(({ id }: { readonly id: string }) => id);
  };
  assert.deepEqual(await ids('text=users&verdict=deny', 'sam'), ['session-1', 'session-0']);
  assert.deepEqual(await ids('text=users&state=ended', 'sam'), ['session-0']);
  assert.deepEqual(await ids('rule=r', 'crew'), ['session-1']);
  const own = { subject: 'crew-7', issuer: 'https://login.test/' };
  assert.deepEqual(gateway.searched.at(-1), { rule: 'r', own, limit: 50, beforeSession: undefined });
  assert.equal((await get(gateway, '/sessions?text=a&subject=crew-6', 'crew')).status, 403);
  assert.equal((await get(gateway, '/sessions?text=', 'sam')).status, 400);
});

test('a stream goes on behind a cursor', async () => {
  const gateway = new FakeGateway();
  const seqs = async (query: string) =>
    (await get(gateway, `/stream?follow=false${query}`)).text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).seq);
  assert.deepEqual(await seqs(''), [1, 2]);
  assert.deepEqual(await seqs('&after=1'), [2]);
  assert.deepEqual(await seqs('&after=2'), []);
  assert.deepEqual(await seqs('&until=2026-11-23T09:59:00Z'), [1]);
});

test('a cursor that would lose events without a word is refused', async () => {
  const gateway = new FakeGateway();
  gateway.oldestSeq = 2;
  const dropped = await get(gateway, '/stream?follow=false&after=0');
  assert.equal(dropped.status, 409);
  assert.match(dropped.text, /events 1 to 1 were dropped.*after=1/);
  const beyond = await get(gateway, '/stream?follow=false&after=3');
  assert.equal(beyond.status, 409);
  assert.match(beyond.text, /ends at 2/);
});

test('what is known of the chain is told to who may, and looked at again on request', async () => {
  const gateway = new FakeGateway();
  const path = '/audit/verification';
  assert.equal((await get(gateway, path, 'crew')).status, 403);
  assert.deepEqual(JSON.parse((await get(gateway, path, 'rita')).text), { runningSince: null, last: null });
  const founds = [
    [{ failure: 'no disk' }, { outcome: 'failed', reason: 'no disk' }],
    [
      { intact: false, file: 'a', block: 3, lines: [4, 5], reason: 'changed' },
      { outcome: 'broken', file: 'a', block: 3, lines: [4, 5], reason: 'changed' },
    ],
  ] as const;
  for (const [found, told] of founds) {
    gateway.verified = { runningSinceMs: undefined, last: { atMs: startMs, tookMs: 7, found } };
    const { last } = JSON.parse((await get(gateway, path, 'rita')).text);
    assert.deepEqual(last, { at: '2026-11-23T10:00:00.000Z', tookMs: 7, found: told });
  }
  const client = createClient({
    url: 'http://gateway.test',
    token: 'rita',
    fetch: async (input, init) => createApi(gateway.parts).fetch(new Request(input, init)),
  });
  assert.equal((await client.call(routes.verify, {})).runningSince, '2026-11-23T10:00:00.000Z');
});

test('the index is made anew by who may', async () => {
  const gateway = new FakeGateway();
  assert.equal((await get(gateway, '/audit/index', 'rita', 'DELETE')).status, 403);
  assert.equal(gateway.reindexed, 0);
  assert.equal((await get(gateway, '/audit/index', 'sam', 'DELETE')).status, 200);
  assert.equal(gateway.reindexed, 1);
});
