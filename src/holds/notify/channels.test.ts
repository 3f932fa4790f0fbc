import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { NotifyStage, notice, planted } from '../../../test/fixtures/notify-stage.ts';
import { Receiver } from '../../../test/fixtures/receiver.ts';
import { until } from '../../../test/fixtures/until.ts';
import type { EmailSpec } from '../../core/channel.ts';
import { serverTls } from '../../transport/certificates.ts';

function holdsNoValue(text: string): void {
  for (const value of planted) assert.ok(!text.includes(value), `${value} left in ${text}`);
  assert.doesNotMatch(text, /[\u202a-\u202e]/);
}

test('a webhook gets JSON that it can verify, and no value', async () => {
  await using receiver = await Receiver.listen();
  const way = { kind: 'webhook', url: `${receiver.url}/in`, secret: 'hush', private: false } as const;
  await using stage = await NotifyStage.set({ hook: way });
  stage.outbox.tell(notice);
  await until('the notice on record', () => stage.events('notice.sent').length === 1);
  const [got] = receiver.received;
  assert.ok(got !== undefined);
  holdsNoValue(got.body);
  const body: unknown = JSON.parse(got.body);
  const id = String(Object(body).id);
  assert.deepEqual(body, {
    id,
    kind: 'hold.opened',
    title: 'A command waits for approval: orders',
    about: notice.about,
    identity: { subject: 'crew-7\\u{202e}', issuer: notice.issuer, kind: 'agent' },
    target: 'orders',
    rules: notice.rules,
    effects: notice.effects,
    text: 'UPDATE users SET note = ? WHERE id = ? AND x = ? RETURNING id AS "?"',
    url: notice.url,
  });
  const seconds = stage.nowMs / 1000;
  const mac = createHmac('sha256', 'hush').update(`${seconds}.${got.body}`).digest('hex');
  assert.equal(got.headers['sallyport-signature'], `t=${seconds},v1=${mac}`);
  assert.equal(got.headers['idempotency-key'], id);
  assert.deepEqual(stage.events('notice.sent'), [
    { type: 'notice.sent', channel: 'hook', notice: id, kind: 'hold.opened', about: notice.about },
  ]);
  assert.equal(await stage.waiting(), 0);
});

test('Slack gets blocks in which nothing is marked up, with buttons where they can be verified', async () => {
  await using receiver = await Receiver.listen();
  receiver.answer = () => ({ body: '{"ok":true,"ts":"1.2"}' });
  const way = {
    kind: 'slack',
    channel: 'C012',
    token: 'xoxb-1',
    people: new Map(),
    api: receiver.url,
  } as const;
  await using stage = await NotifyStage.set({ links: way, chat: { ...way, signingSecret: 'hush' } });
  stage.outbox.tell({ ...notice, rules: ['<!channel> *bold* <https://evil.test|link>'] });
  await until('both on record', () => stage.events('notice.sent').length === 2);
  const bodies = receiver.received.map(({ body }) => body);
  for (const { path, headers, body } of receiver.received) {
    holdsNoValue(body);
    assert.deepEqual([path, headers.authorization], ['/chat.postMessage', 'Bearer xoxb-1']);
    assert.doesNotMatch(body, /"mrkdwn"/);
    assert.equal(Object(JSON.parse(body)).parse, 'none');
  }
  const actions = (body: string) => [...body.matchAll(/"action_id":"([^"]+)"/g)].map(([, id]) => id);
  const open = 'sallyport.open';
  assert.deepEqual(
    bodies.map(actions).toSorted((a, b) => a.length - b.length),
    [[open], ['sallyport.approve', 'sallyport.deny', open]],
  );
});

test('what Slack does not take is tried again', async () => {
  await using receiver = await Receiver.listen();
  const answers = ['{"ok":false,"error":"ratelimited"}', 'no JSON', '{"ok":true}'];
  receiver.answer = () => ({ body: answers.shift() ?? '' });
  const way = {
    kind: 'slack',
    channel: 'C012',
    token: 'xoxb-1',
    people: new Map(),
    api: receiver.url,
  } as const;
  await using stage = await NotifyStage.set({ chat: way });
  stage.outbox.tell(notice);
  await until('the notice on record', () => stage.events('notice.sent').length === 1);
  assert.equal(receiver.received.length, 3);
});

test('Teams gets an Adaptive Card of plain text runs, with a link', async () => {
  await using receiver = await Receiver.listen();
  const way = { kind: 'teams', url: receiver.url, people: new Map(), private: false } as const;
  await using stage = await NotifyStage.set({ room: way });
  stage.outbox.tell(notice);
  await until('the notice on record', () => stage.events('notice.sent').length === 1);
  const { body = '' } = receiver.received[0] ?? {};
  holdsNoValue(body);
  const card = Object(JSON.parse(body)).attachments[0].content;
  assert.deepEqual(card.actions, [{ type: 'Action.OpenUrl', title: 'Open', url: notice.url }]);
  // Anything else would be read as Markdown.
  assert.deepEqual(new Set(card.body.map(({ type }: { type: string }) => type)), new Set(['RichTextBlock']));
});

/** A server that wants STARTTLS and a password, or takes anything. */
async function mailServer(
  options: { readonly secure?: boolean; readonly tls?: { readonly cert: string; readonly key: string } } = {},
) {
  const mails: { from: string; to: string[]; text: string }[] = [];
  const logins: unknown[] = [];
  const server = new SMTPServer({
    authOptional: true,
    ...options.tls,
    hideSTARTTLS: options.secure === false,
    ...(options.secure === false ? { disabledCommands: ['STARTTLS'] } : {}),
    onAuth: ({ username, password }, _session, done) => {
      logins.push([username, password]);
      done(null, { user: username });
    },
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, text: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return { mails, logins, port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

const mail = {
  kind: 'email',
  host: '127.0.0.1',
  from: 'sallyport@acme.test',
  to: ['dba@acme.test'],
} as const;

test('mail is text alone, with a link and the same id in every attempt', async (t) => {
  const server = await mailServer();
  t.after(() => server.close());
  const way: EmailSpec = { ...mail, tls: 'none', port: server.port };
  await using stage = await NotifyStage.set({ mail: way });
  stage.outbox.tell({ ...notice, target: 'orders\r\nBcc: evil@test' });
  await until('the notice on record', () => stage.events('notice.sent').length === 1);
  const [{ from, to, text } = { from: '', to: [], text: '' }] = server.mails;
  assert.deepEqual([from, to], ['sallyport@acme.test', ['dba@acme.test']]);
  holdsNoValue(text);
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  assert.match(head, /^Content-Type: text\/plain/m);
  assert.match(head, new RegExp(`^Message-ID: <${stage.events('notice.sent')[0]?.notice}@sallyport>`, 'm'));
  assert.doesNotMatch(head, /^Bcc/im);
  assert.ok(text.replaceAll('=\r\n', '').includes(notice.url), body);
});

test('a password is never said to a server that does not encrypt', async (t) => {
  const server = await mailServer({ secure: false });
  t.after(() => server.close());
  const login = { user: 'u', password: 'hush' };
  const way: EmailSpec = { ...mail, tls: 'starttls', port: server.port, login };
  await using stage = await NotifyStage.set({ mail: way });
  stage.outbox.tell(notice);
  await until('an attempt that failed', () => stage.reports.length > 0);
  assert.deepEqual([server.mails, server.logins], [[], []]);
  assert.equal(await stage.waiting(), 1);
});

test('mail goes over STARTTLS to a server that a known authority vouches for', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-mail-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const { cert, key, caFile = '' } = await serverTls({ dataDir, host: '127.0.0.1' });
  const server = await mailServer({ tls: { cert, key } });
  t.after(() => server.close());
  const login = { user: 'u', password: 'hush' };
  await using stage = await NotifyStage.set({
    mail: { ...mail, tls: 'starttls', port: server.port, login, caFile },
  });
  stage.outbox.tell(notice);
  await until('the notice on record', () => stage.events('notice.sent').length === 1);
  assert.deepEqual([server.mails.length, server.logins], [1, [['u', 'hush']]]);
});

test('a certificate that nobody vouches for is not believed', async (t) => {
  const server = await mailServer();
  t.after(() => server.close());
  const login = { user: 'u', password: 'hush' };
  await using stage = await NotifyStage.set({ mail: { ...mail, tls: 'starttls', port: server.port, login } });
  stage.outbox.tell(notice);
  await until('an attempt that failed', () => stage.reports.length > 0);
  assert.deepEqual([server.mails, server.logins], [[], []]);
});
