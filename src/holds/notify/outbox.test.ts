import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { NotifyStage, notice } from '../../../test/fixtures/notify-stage.ts';
import { Receiver } from '../../../test/fixtures/receiver.ts';
import { until } from '../../../test/fixtures/until.ts';
import { isPublicAddress } from './addresses.ts';
import { post } from './post.ts';

const hook = (url: string) => ({ kind: 'webhook', url, secret: 'hush', private: false }) as const;
const dayMs = 86_400_000;

test('what is not taken is sent again with the same id, until it is', async () => {
  await using receiver = await Receiver.listen();
  receiver.answer = () => ({ status: receiver.received.length < 4 ? 503 : 204 });
  await using stage = await NotifyStage.set({ hook: hook(receiver.url) });
  stage.outbox.tell(notice);
  await until('the notice on record', () => stage.events('notice.sent').length === 1);
  const ids = receiver.received.map(({ headers }) => headers['idempotency-key']);
  assert.deepEqual([ids.length, new Set(ids).size], [4, 1]);
  assert.deepEqual(stage.events('notice.failed'), []);
});

test('a process that ends loses none', async () => {
  await using receiver = await Receiver.listen();
  await using stage = await NotifyStage.set({ hook: hook('http://127.0.0.1:9/') });
  for (const about of ['a', 'b', 'c']) stage.outbox.tell({ ...notice, about });
  await until('an attempt that failed', () => stage.reports.length > 0);
  await stage.stop();
  stage.nowMs += 60_000;
  await stage.start([{ name: 'hook', on: [], way: hook(receiver.url) }]);
  await until('all on record', () => stage.events('notice.sent').length === 3);
  const about = receiver.received.map(({ body }) => Object(JSON.parse(body)).about);
  assert.deepEqual(about.toSorted(), ['a', 'b', 'c']);
});

test('what nobody takes for a day is given up, and that is on record', async () => {
  await using receiver = await Receiver.listen();
  receiver.answer = () => ({ status: 500 });
  await using stage = await NotifyStage.set({ hook: hook(receiver.url) });
  stage.outbox.tell(notice);
  await until('an attempt', () => stage.reports.length > 0);
  assert.deepEqual(stage.events('notice.failed'), []);
  stage.nowMs += dayMs + 1;
  const [failed] = await until(
    'the end',
    () => stage.events('notice.failed').length > 0 && stage.events('notice.failed'),
  );
  assert.deepEqual([failed?.channel, failed?.error], ['hook', 'the receiver answered 500']);
  assert.equal(await stage.waiting(), 0);
});

test('what waits for a channel that is configured no more is given up after a day', async () => {
  await using stage = await NotifyStage.set({ hook: hook('http://127.0.0.1:9/') });
  stage.outbox.tell(notice);
  await until('an attempt that failed', () => stage.reports.length > 0);
  stage.outbox.use([]);
  assert.equal(await stage.waiting(), 1);
  stage.nowMs += dayMs + 1;
  stage.outbox.use([]);
  await until('the end', () => stage.events('notice.failed').length === 1);
});

test('a channel that hangs does not keep another waiting', async () => {
  await using hanging = await Receiver.listen();
  await using receiver = await Receiver.listen();
  const released = Promise.withResolvers<void>();
  hanging.answer = async () => {
    await released.promise;
    return {};
  };
  await using stage = await NotifyStage.set({ slow: hook(hanging.url), quick: hook(receiver.url) });
  stage.outbox.tell(notice);
  stage.outbox.tell({ ...notice, about: 'second' });
  await until('both at the quick one', () => receiver.received.length === 2);
  assert.equal(hanging.received.length, 1);
  released.resolve();
});

test('a channel is told of what it is on, and a notice may name its channels', async () => {
  await using receiver = await Receiver.listen();
  await using stage = await NotifyStage.set({});
  stage.outbox.use([
    { name: 'a', on: ['hold.decided'], way: hook(`${receiver.url}/a`) },
    { name: 'b', on: ['hold.opened'], way: hook(`${receiver.url}/b`) },
  ]);
  stage.outbox.tell(notice);
  stage.outbox.tell({ ...notice, kind: 'grant.started', channels: ['a'] });
  stage.outbox.tell({ ...notice, kind: 'grant.ended' });
  await until('two', () => stage.events('notice.sent').length === 2);
  assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/a', '/b']);
});

test('a redirect is not followed', async () => {
  await using elsewhere = await Receiver.listen();
  await using receiver = await Receiver.listen();
  receiver.answer = () => ({ status: 307, headers: { location: elsewhere.url } });
  await using stage = await NotifyStage.set({ hook: hook(receiver.url) });
  stage.outbox.tell(notice);
  await until('two attempts', () => receiver.received.length > 1);
  assert.equal(elsewhere.received.length, 0);
});

const addresses: readonly [address: string, isPublic: boolean][] = [
  ['93.184.215.14', true],
  ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', true],
  ['10.0.0.1', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['0.0.0.0', false],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:93.184.215.14', false],
  ['64:ff9b::a00:1', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['not an address', false],
];
for (const [address, isPublic] of addresses) {
  test(`${address} is ${isPublic ? '' : 'not '}public`, () =>
    assert.equal(isPublicAddress(address), isPublic));
}

const refused: readonly [title: string, url: string, error: RegExp][] = [
  ['plain http over the network', 'http://hooks.test/', /must be https/],
  ['another scheme', 'file:///etc/passwd', /must be https/],
  ['a password in the address', 'https://u:p@hooks.test/', /is no address/],
  ['no address at all', 'hooks', /is no address/],
];
for (const [title, url, error] of refused) {
  test(`not posted: ${title}`, async () => {
    await assert.rejects(post({ url, headers: {}, body: '{}', signal: AbortSignal.timeout(10_000) }), error);
  });
}

test('a name that leads to this machine is refused unless it says so', async () => {
  const { publicLookup } = await import('./addresses.ts');
  const outcome = Promise.withResolvers<Error | null>();
  publicLookup('localhost', { all: true }, (error) => outcome.resolve(error));
  assert.match(String(await outcome.promise), /private address/);
});

test('a delivery to such a name does not even connect', async () => {
  // This machine's own name leads to an address that is not public, if anywhere.
  const delivery = { url: `https://${hostname()}:9/`, headers: {}, body: '{}' };
  const refusal = /leads to a private address|ENOTFOUND|EAI_AGAIN/;
  await assert.rejects(post({ ...delivery, signal: AbortSignal.timeout(10_000) }), refusal);
});
