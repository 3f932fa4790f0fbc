import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createApi } from '../api/server.ts';
import { FakeGateway, hold, listen, people, startMs } from '../../test/fixtures/fake-gateway.ts';
import { FakeLocal, sallyport } from '../../test/fixtures/fake-terminal.ts';
import type { Outcome } from '../../test/fixtures/fake-terminal.ts';
import { SallyportError } from '../core/errors.ts';
import { eventIdentity } from '../core/session.ts';
import { makeAuthority, makeLeaf, newKeyPem } from '../transport/authority.ts';

type Ask = (args: readonly string[], who?: string) => Promise<Outcome>;

async function served(t: TestContext, gateway = new FakeGateway()): Promise<Ask> {
  const { url, close } = await listen(gateway);
  t.after(close);
  return (args, who = 'sam') => sallyport(args, { env: { SALLYPORT_URL: url, SALLYPORT_TOKEN: who } });
}

test('sessions are a table', async (t) => {
  const { code, stdout } = await (await served(t))(['sessions', '--limit', '5']);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      'session    who           target  opened                    ended   commands  rows',
      'session-1  agent crew-7  orders  2026-11-23T09:59:00.000Z  live    0         0',
      'session-0  agent crew-6  orders  2026-11-23T09:59:00.000Z  client  0         0',
      '',
    ].join('\n'),
  );
});

test('approvals show who, where, what, why and how to decide', async (t) => {
  const { stdout } = await (await served(t))(['approvals'], 'anna');
  assert.equal(
    stdout,
    [
      'hold-1  pending, 5 s old, its client waits: agent crew-7 (https://login.test/) on orders',
      '    | UPDATE orders SET paid = true WHERE id = $1',
      "    $1 = '7'",
      '    $2 = NULL',
      '    $3 = \\xff',
      '    effects: write.update public.orders',
      '    rules:   "crews write with a nod"',
      '    to decide: sallyport approve hold-1, or deny',
      '',
      '',
    ].join('\n'),
  );
});

test('an approver sees for whom it is, through whom, and what for', async (t) => {
  const gateway = new FakeGateway();
  const identity = {
    ...eventIdentity({ ...people.anna, actor: people.crew, ticket: 'ticket-1' }),
    purpose: 'repair',
    task: 'T-1',
  };
  gateway.holds = [hold({ identity })];
  const { stdout } = await (await served(t, gateway))(['approvals']);
  assert.match(
    stdout,
    /its client waits: human anna \(https:\/\/login.test\/\), through agent crew-7 \(https:\/\/login.test\/\) on orders\n/,
  );
  assert.match(stdout, /\n {4}purpose: repair\n {4}task: {4}T-1\n/);
});

test('sessions show who acts for whom', async (t) => {
  const gateway = new FakeGateway();
  const identity = eventIdentity({ ...people.anna, actor: people.crew });
  gateway.sessions = gateway.sessions.map((session) => ({ ...session, identity }));
  const { stdout } = await (await served(t, gateway))(['sessions']);
  assert.match(stdout, /\nsession-1 {2}human anna through agent crew-7 {2}orders /);
});

test('token exchange prints the ticket, alone, and asks for it as it was told to', async (t) => {
  const gateway = new FakeGateway();
  const asked: unknown[] = [];
  gateway.exchange = async (request) => {
    asked.push({ ...request, client: '' });
    return { id: 'ticket-1', secret: 'spt_secret', expiresAtMs: startMs + 900_000 };
  };
  const ask = await served(t, gateway);
  assert.deepEqual(await ask(['token', 'exchange']), { code: 0, stdout: 'spt_secret\n', stderr: '' });
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-token-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'token');
  writeFileSync(file, 'a.b.c\n');
  const narrow = 'token exchange --json --target orders --target billing --for 15m --task T-1'.split(' ');
  const more = ['--rule', 'crews read', '--purpose', 'repair', '--actor-token-file', file];
  const { stdout } = await ask([...narrow, ...more]);
  assert.deepEqual(JSON.parse(stdout), { ticket: 'spt_secret', expiresIn: 900 });
  assert.deepEqual(asked, [
    { subjectToken: 'sam', client: '' },
    {
      subjectToken: 'sam',
      actorToken: 'a.b.c',
      targets: ['orders', 'billing'],
      rules: ['crews read'],
      lifetimeMs: 900_000,
      purpose: 'repair',
      task: 'T-1',
      client: '',
    },
  ]);
});

test('a ticket that is refused is an error in words', async (t) => {
  const gateway = new FakeGateway();
  gateway.exchange = async () => {
    throw new SallyportError('unknown_target', 'Sallyport: there is no target "x" for sam', {
      hint: 'Another.',
    });
  };
  const { code, stdout, stderr } = await (await served(t, gateway))(['token', 'exchange', '--target', 'x']);
  assert.deepEqual(
    [code, stdout, stderr],
    [1, '', "error: Sallyport: there is no target 'x' for sam. Another.\n"],
  );
});

test('tickets are listed with what they are for, and ended', async (t) => {
  const ask = await served(t);
  const { stdout } = await ask(['token', 'list']);
  assert.equal(
    stdout,
    [
      'ticket-1  until 2026-11-23T10:01:00.000Z: agent crew-7 (https://login.test/)',
      '    targets: orders',
      '    purpose: repair',
      '',
    ].join('\n'),
  );
  const ended = await ask(['token', 'end', 'ticket-1']);
  assert.deepEqual(ended.stdout, 'ticket-1 is ended; tickets: 1, live sessions: 0\n');
  assert.equal((await ask(['token', 'list'])).stdout, 'No live tickets.\n');
});

test('agents show what they use, and whether they are shut out', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  const lines = [
    'agent crew-7 (https://login.test/)',
    '    groups:   crews',
    '    seen:     2026-11-23T09:00:00.000Z to 2026-11-23T09:59:59.000Z, 3 sessions (1 live)',
    '    commands: 12, refused: 2',
    '    targets:  "orders" 12, 2 refused',
    '    rules:    "crews read" 12',
    '',
    '',
  ];
  assert.equal((await ask(['agents'])).stdout, lines.join('\n'));
  assert.equal(
    (await ask(['agents', 'disable', 'crew-7', '--because', 'went mad'])).stdout,
    'crew-7 is shut out; live sessions ended: 1\n',
  );
  assert.match(
    (await ask(['agents', 'list', 'crew-7'])).stdout,
    /\n {4}DISABLED 2026-11-23T10:00:00.000Z by sam: went mad\n/,
  );
  assert.equal((await ask(['agents', 'enable', 'crew-7'])).stdout, 'crew-7 is let in again\n');
  assert.doesNotMatch((await ask(['agents'])).stdout, /DISABLED/);
  assert.equal((await ask(['agents'], 'anna')).code, 1, 'not for everybody');
});

test('nothing a client wrote reaches the terminal as more than text', async (t) => {
  const gateway = new FakeGateway();
  const evil = '\u001b[2J\u202e\r\u0007';
  const identity = { subject: `x${evil}`, issuer: evil, kind: 'agent', groups: [evil] } as const;
  gateway.holds = [
    hold({
      text: `SELECT 1\nDROP ${evil}`,
      identity,
      parameters: [evil],
      effects: [evil],
      rules: [evil],
      warnings: ['It is odd.'],
      target: evil,
      unbounded: true,
      clipped: true,
      createdAt: startMs - 7_200_000,
    }),
  ];
  gateway.sessions = gateway.sessions.map((one) => ({ ...one, target: evil, identity, reason: evil }));
  const ask = await served(t, gateway);
  for (const args of [['approvals'], ['approvals', 'hold-1'], ['sessions']]) {
    const { stdout } = await ask(args);
    assert.doesNotMatch(stdout, /[^\n\x20-\x7e]/, args.join(' '));
  }
  const { stdout } = await ask(['approvals']);
  assert.match(stdout, /WARNING: It is odd\./);
  assert.match(stdout, /WARNING: It is about every row/);
  assert.match(stdout, /shortened here: sallyport approvals hold-1/);
  assert.match(stdout, /\n {4}\| SELECT 1\n {4}\| DROP \^\[\[2J/);
  assert.match(stdout, /2 h old/);
});

test('approve and deny decide, and say what came of it', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  assert.deepEqual(await ask(['approve', 'hold-1'], 'anna'), {
    code: 0,
    stdout: 'hold-1 is approved\n',
    stderr: '',
  });
  assert.equal(gateway.holds[0]?.state, 'approved');
  const denied = await ask(['deny', 'hold-1', '--because', 'not on a Friday', '--json'], 'anna');
  assert.deepEqual(JSON.parse(denied.stdout), { id: 'hold-1', state: 'denied' });
});

test('what the gateway refuses is told with its hint, and ends with 1', async (t) => {
  const ask = await served(t);
  const { code, stdout, stderr } = await ask(['kill', 'session-1'], 'crew');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^error: Sallyport: no rule lets crew-7 do write\.kill .*\nhint: A rule with targets/);
  const json = await ask(['kill', 'session-1', '--json'], 'crew');
  assert.equal((JSON.parse(json.stdout) as { error: { code: string } }).error.code, 'denied');
});

test('mcp tools and mcp accept show what has changed', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  const changed =
    'lookup  changed (accepted 2026-11-23T10:00:00.000Z in the first list)\n' +
    '  - description: Find.\n  + description: Finds.\n';
  assert.equal((await ask(['mcp', 'tools', 'crm'])).stdout, changed);
  assert.equal((await ask(['mcp', 'accept', 'crm', 'lookup'])).stdout, `accepted:\n${changed}`);
  assert.deepEqual(gateway.journal.at(-1), {
    type: 'tool.accepted',
    target: 'crm',
    tool: 'lookup',
    digest: 'b'.repeat(64),
    by: { subject: 'sam', issuer: 'https://login.test/', kind: 'human', groups: ['security'] },
  });
  assert.equal((await ask(['mcp', 'accept', 'crm'])).stdout, 'Nothing waits to be accepted.\n');
  assert.match((await ask(['mcp', 'accept', 'crm', 'lookup'])).stderr, /lookup is accepted already/);
  assert.match((await ask(['mcp', 'accept', 'crm', 'other'])).stderr, /other was not seen/);
  assert.match((await ask(['mcp', 'tools', 'orders'])).stderr, /there is no MCP target/);
});

test('kill, revoke and restore', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  assert.equal((await ask(['kill', 'session-1'])).stdout, 'session-1 is ended\n');
  assert.equal(gateway.session.ended.aborted, true);
  const revoked = await ask(['revoke', 'a/b:c', '--issuer', 'https://i.test/', '--because', 'gone']);
  assert.equal(revoked.stdout, 'a/b:c is shut out; live sessions ended: 0\n');
  assert.deepEqual(gateway.journal.at(-1), {
    type: 'identity.revoked',
    subject: 'a/b:c',
    issuer: 'https://i.test/',
    by: { subject: 'sam', issuer: 'https://login.test/', kind: 'human', groups: ['security'] },
    because: 'gone',
  });
  assert.equal((await ask(['restore', 'a/b:c'])).code, 1);
  const restored = await ask(['restore', 'a/b:c', '--issuer', 'https://i.test/']);
  assert.equal(restored.stdout, 'a/b:c is let in again\n');
  assert.deepEqual(gateway.revoked, []);
});

test('replay plays the recording, or gives its events line by line', async (t) => {
  const ask = await served(t);
  const played = await ask(['replay', 'session-1', '--speed', '0']);
  assert.match(played.stdout, /session session-1[\s\S]*#1[\s\S]*│ SELECT 1/);
  const events = await ask(['replay', 'session-1', '--json']);
  const types = events.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual(types, ['session.opened', 'command']);
});

test('a recording that breaks off is not taken for whole', async (t) => {
  const gateway = new FakeGateway();
  gateway.read = async function* () {
    yield { seq: 1, time: '2026-11-23T09:59:00.000Z', type: 'gateway.stopped' };
    throw new Error('disk gone');
  };
  const { code, stderr } = await (await served(t, gateway))(['replay', 'session-1', '--json']);
  assert.equal(code, 1);
  assert.equal(stderr, 'error: the answer broke off: what came is not all there is\n');
  assert.match(String(gateway.errors[0]), /disk gone/);
});

test('no gateway there: a sentence and a hint', async () => {
  const env = { SALLYPORT_URL: 'http://127.0.0.1:1', SALLYPORT_TOKEN: 'sam' };
  const { code, stderr } = await sallyport(['sessions'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /^error: no gateway answers at http:\/\/127\.0\.0\.1:1: .*\nhint: Is it running/);
});

test('token from a file, address and authority from the configuration, over TLS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const caKey = newKeyPem();
  const key = newKeyPem();
  const nowMs = Date.now();
  const cert = makeLeaf({ caKey, key, names: ['127.0.0.1'], nowMs, notAfterMsMax: nowMs + 3_600_000 });
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, makeAuthority(caKey, nowMs));
  writeFileSync(join(folder, 'token'), 'sam\n');
  const api = createApi(new FakeGateway().parts);
  const server = createServer({ key, cert }, (request, response) => void api.handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const args = ['sessions', '--config', 'some.yaml', '--token-file', join(folder, 'token')];

  const local = new FakeLocal();
  local.answers = { connection: async () => ({ url }) };
  const unknown = await sallyport(args, { local });
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /certificate/);

  local.answers = { connection: async () => ({ url, caFile }) };
  assert.equal((await sallyport(args, { local })).stderr, '');
  assert.deepEqual(local.asked, [
    ['connection', 'some.yaml'],
    ['connection', 'some.yaml'],
  ]);
});

test('a request is shown as it lies before those who decide', async (t) => {
  const { code, stdout } = await (await served(t))(['requests'], 'anna');
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      'request-1  pending: agent crew-7 (https://login.test/)',
      '    rule:    "crews repair orders" on orders, for 30 min',
      '    lets:    allow write',
      '    because: ticket 4711',
      '    to decide: sallyport requests approve request-1, or deny',
      '',
      '',
    ].join('\n'),
  );
});

test('whoever may ask sees for what, and asks', async (t) => {
  const ask = await served(t);
  const { stdout } = await ask(['requests', 'list', '--state', 'denied'], 'crew');
  assert.match(
    stdout,
    /You may ask for "crews repair orders" on orders: up to 1 h, once approved\n {4}lets: allow write/,
  );
  const rule = ['--rule', 'crews repair orders', '--because', 'ticket \u202E4712'];
  const asked = await ask(['request', 'orders', ...rule, '--for', '30m', '--json'], 'crew');
  assert.partialDeepStrictEqual(JSON.parse(asked.stdout), { state: 'pending', forMs: 1_800_000 });
  const waiting = await ask(['request', 'orders', ...rule], 'crew');
  assert.match(waiting.stdout, /\n {4}to look: sallyport requests list r_/);
  const shown = await ask(['requests', 'list'], 'anna');
  assert.match(shown.stdout, /because: ticket \\u\{202e\}4712/);
  assert.match(shown.stdout, /WARNING: It contains characters that change the direction/);
});

const requestRows: readonly [
  title: string,
  args: readonly string[],
  who: string,
  code: number,
  said: RegExp,
][] = [
  ['approved by one who may', ['approve', 'request-1'], 'anna', 0, /^request-1 is granted\n/],
  ['denied', ['deny', 'request-1', '--because', 'no'], 'anna', 0, /^request-1 is denied\n/],
  [
    'not approved by whoever asked',
    ['approve', 'request-1'],
    'crew',
    1,
    /nobody decides on what they asked for/,
  ],
  ['taken back', ['end', 'request-1'], 'crew', 0, /^request-1 is withdrawn\n/],
  ['not there for others', ['list', 'request-1'], 'stray', 1, /there is no request request-1/],
  ['of a state that is none', ['list', '--state', 'open'], 'anna', 2, /"open" is no state/],
];
for (const [title, args, who, code, said] of requestRows) {
  test(`a request ${title}`, async (t) => {
    const outcome = await (await served(t))(['requests', ...args], who);
    assert.match(outcome.stdout + outcome.stderr, said);
    assert.equal(outcome.code, code);
  });
}

test('an approval for a while names the time, from now on', async (t) => {
  const gateway = new FakeGateway();
  const asked: unknown[] = [];
  const { decide } = gateway.parts.approvals;
  gateway.parts.approvals.decide = (request) => {
    asked.push(request.untilMs);
    return decide(request);
  };
  await (
    await served(t, gateway)
  )(['approve', 'hold-1', '--for', '2h'], 'anna');
  assert.deepEqual(asked, [startMs + 7_200_000]);
});

test('what a run has changed is shown, and what becomes of it', async (t) => {
  const gateway = new FakeGateway();
  const tried = { rows: 3, columns: ['id', 'na\u202eme'], failed: null, keptUntil: null };
  const sample = [
    { before: ['1', '[redacted]'], after: ['1', null] },
    { before: ['2', 'x\u001b[2J'], after: null },
  ];
  const keptUntil = startMs + 20_000;
  gateway.holds = [
    hold({ id: 'hold-1', preview: { ...tried, sample } }),
    hold({ id: 'hold-2', preview: { ...tried, sample: [], keptUntil } }),
    hold({ id: 'hold-3', state: 'used', preview: { ...tried, sample: [], keptUntil } }),
    hold({ id: 'hold-4', preview: { ...tried, rows: 0, sample: [], failed: '23505: a duplicate\u0007' } }),
  ];
  const { stdout } = await (await served(t, gateway))(['approvals', '--state', 'all'], 'anna');
  const tries = stdout.split('\n').filter((line) => /^ {4}(?:tried:| {2}[-+…])/.test(line));
  assert.deepEqual(tries, [
    '    tried:   3 rows changed; it was undone: once approved, it runs anew',
    "      - id='1' na\\u{202e}me='[redacted]'",
    "      + id='1' na\\u{202e}me=NULL",
    "      - id='2' na\\u{202e}me='x^[[2J'",
    '      … 1 more',
    '    tried:   3 rows changed; approved within 20 s, this very run is committed',
    '    tried:   3 rows changed',
    '    tried:   it failed, and nothing of it is left: 23505: a duplicate^G',
  ]);
});

test('what is expected, and how long an approval may stand, is shown', async (t) => {
  const gateway = new FakeGateway();
  const approvers = [{ groups: ['dba'], count: 1, untilMs: 3_600_000 }];
  gateway.holds = [hold({ approvers, estimate: { rows: 12, cost: 3.5 } })];
  const { stdout } = await (await served(t, gateway))(['approvals'], 'anna');
  assert.match(stdout, /\n {4}planner: about 12 rows, cost 3\.5\n/);
  assert.match(stdout, /\n {4}may stand for up to 1 h: sallyport approve --for …\n/);
});
