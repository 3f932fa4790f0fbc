import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLocal, sallyport } from '../../test/fixtures/fake-terminal.ts';
import type { Problem } from './local.ts';

test('token issue prints the token alone', async () => {
  const local = new FakeLocal();
  const args = 'token issue --subject crew-7 --kind agent --groups a,b --ttl 2h --config x.yaml'.split(' ');
  assert.deepEqual(await sallyport(args, { local }), { code: 0, stdout: 'eyJ.a.b\n', stderr: '' });
  const request = { subject: 'crew-7', kind: 'agent', groups: ['a', 'b'], ttlMs: 7_200_000 };
  assert.deepEqual(local.asked, [['issueToken', 'x.yaml', request]]);
});

test('token issue takes further claims', async () => {
  const local = new FakeLocal();
  const args = ['token', 'issue', '--subject', 's', '--kind', 'human', '--claims', '{"owner":"anna"}'];
  await sallyport(args, { local });
  const request = { subject: 's', kind: 'human', groups: [], ttlMs: 3_600_000, claims: { owner: 'anna' } };
  assert.deepEqual(local.asked, [['issueToken', './sallyport.yaml', request]]);
});

test('ca prints the certificate alone', async () => {
  const local = new FakeLocal();
  const pem = '-----BEGIN CERTIFICATE-----\n';
  assert.deepEqual(await sallyport(['ca', '--config', 'x.yaml'], { local }), {
    code: 0,
    stdout: pem,
    stderr: '',
  });
  assert.deepEqual(local.asked, [['authority', 'x.yaml']]);
});

test('explain says verdict, effects, rules and masks', async () => {
  const local = new FakeLocal();
  const args = ['explain', '--as', 'crew-7', '--groups', 'crews,x', '--target', 'orders', 'DROP TABLE x'];
  const { code, stdout } = await sallyport(args, { local });
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      'verdict:     deny: No rule allows schema.drop public.x on orders.',
      'effects:     schema.drop public.x',
      'not covered: schema.drop public.x',
      'allowed:     read public.*',
      'masked:      public.users.email (email)',
      'rules:',
      '  - "crews read": it is about read',
      '',
    ].join('\n'),
  );
  const as = { subject: 'crew-7', kind: 'agent', groups: ['crews', 'x'] };
  const question = { target: 'orders', text: 'DROP TABLE x', as };
  assert.deepEqual(local.asked, [['explain', './sallyport.yaml', question]]);
});

const problem: Problem = { file: 's.yaml', line: 12, column: 5, message: 'unknown key "x"', hint: 'drop it' };

test('check names what is wrong, where, and fails', async () => {
  const local = new FakeLocal();
  local.answers = { check: async () => ({ problems: [problem], warnings: [] }) };
  assert.deepEqual(await sallyport(['check'], { local }), {
    code: 1,
    stdout: 's.yaml:12:5: unknown key "x" (drop it)\n1 to mend: this file would be refused.\n',
    stderr: '',
  });
});

test('check shows warnings of a good file, and passes', async () => {
  const local = new FakeLocal();
  const summary = { targets: ['orders'], rules: 2, issuers: 1 };
  local.answers = { check: async () => ({ problems: [], warnings: [problem], summary }) };
  const { code, stdout } = await sallyport(['check'], { local });
  assert.equal(code, 0);
  assert.match(stdout, /^warning: s\.yaml:12:5: .*\ngood: targets orders; 2 rules; 1 issuers\n$/);
});

test('audit verify says intact, or where not, and fails', async () => {
  assert.match((await sallyport(['audit', 'verify'])).stdout, /^intact: 9 events in 3 blocks and 1 file, /);
  const local = new FakeLocal();
  const fault = { file: 'journal-1', block: 7, lines: [40, 44], reason: 'the hash is wrong' } as const;
  const dropped = {
    file: 'journal-00000002.ndjson',
    events: 1_234,
    until: '2026-08-01T00:00:00.000Z',
    at: '2026-11-01T00:00:00.000Z',
    keepMs: 90 * 86_400_000,
    config: 'c0ffee'.repeat(10),
  };
  const whole = await new FakeLocal().verifyAudit('');
  assert.ok(whole.intact);
  local.answers = { verifyAudit: async () => ({ ...whole, dropped }) };
  const { stdout: told } = await sallyport(['audit', 'verify'], { local });
  assert.match(
    told,
    /^dropped: events 1 to 1234, until 2026-08-01.* on 2026-11-01.* by journal\.keep \(90 days\)/,
  );
  local.answers = { verifyAudit: async () => ({ intact: false, ...fault }) };
  assert.deepEqual(await sallyport(['audit', 'verify'], { local }), {
    code: 1,
    stdout: 'NOT INTACT: journal-1, block 7, lines 40 to 44: the hash is wrong\n',
    stderr: '',
  });
});

test('serve says where it listens, and closes when it is told to stop', async () => {
  const local = new FakeLocal();
  assert.deepEqual(await sallyport(['serve', '--config', 'c.yaml'], { local }), {
    code: 0,
    stdout: 'Sallyport is ready.\n  postgres   127.0.0.1:6432\n',
    stderr: '',
  });
  assert.deepEqual(local.asked, [['serve', { config: 'c.yaml' }]]);
  await sallyport(['serve', '--workers', '4'], { local });
  assert.deepEqual(local.asked.at(-1), ['serve', { config: './sallyport.yaml', workers: 4 }]);
  assert.equal(local.closed, 2);
});

test('serve ends when the gateway ended by itself', async () => {
  const local = new FakeLocal();
  local.answers = {
    serve: async () => ({ addresses: [], closed: Promise.resolve(), close: async () => {} }),
  };
  const never = { stopped: () => new Promise<void>(() => {}) };
  assert.equal((await sallyport(['serve'], { local, io: never })).code, 0);
});

const machines: readonly [args: readonly string[], stdout: unknown][] = [
  [['serve'], { ready: true, addresses: [{ name: 'postgres', address: '127.0.0.1:6432' }] }],
  [
    ['check'],
    { ok: true, problems: [], warnings: [], summary: { targets: ['orders'], rules: 2, issuers: 1 } },
  ],
  [['token', 'issue', '--subject', 's', '--kind', 'agent'], { token: 'eyJ.a.b' }],
];

for (const [args, expected] of machines) {
  test(`${args.join(' ')} --json writes JSON and nothing else`, async () => {
    const { code, stdout, stderr } = await sallyport([...args, '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), expected);
  });
}

test('an error is a sentence and a hint, without a trace', async () => {
  const local = new FakeLocal();
  const error = Object.assign(new Error('port 6432 is taken'), {
    code: 'EADDRINUSE',
    hint: 'Stop the other.',
  });
  local.answers = {
    serve: async () => {
      throw error;
    },
  };
  assert.deepEqual(await sallyport(['serve'], { local }), {
    code: 1,
    stdout: '',
    stderr: 'error: port 6432 is taken\nhint: Stop the other.\n',
  });
  const json = await sallyport(['serve', '--json'], { local });
  assert.deepEqual(JSON.parse(json.stdout), {
    error: { code: 'EADDRINUSE', message: 'port 6432 is taken', hint: 'Stop the other.' },
  });
  assert.match((await sallyport(['serve', '--debug'], { local })).stderr, /at .*local-commands\.test\.ts/);
});

test('a port that is taken is told with what to do', async () => {
  const local = new FakeLocal();
  const taken = Object.assign(new Error('listen EADDRINUSE: address already in use'), { code: 'EADDRINUSE' });
  local.answers = { serve: () => Promise.reject(taken) };
  const { code, stderr } = await sallyport(['serve'], { local });
  assert.equal(code, 1);
  assert.match(stderr, /\nhint: Something listens there already: stop it, or choose another port/);
});

test('errors of a configuration are told place by place', async () => {
  const local = new FakeLocal();
  const errors = [problem, { ...problem, line: 13, message: 'odd \u001b[2J name' }];
  local.answers = {
    issueToken: async () => {
      throw Object.assign(new Error('refused'), { errors });
    },
  };
  const { code, stderr } = await sallyport(['token', 'issue', '--subject', 's', '--kind', 'agent'], {
    local,
  });
  assert.equal(code, 1);
  assert.equal(
    stderr,
    'error: s.yaml:12:5: unknown key "x" (drop it)\ns.yaml:13:5: odd ^[[2J name (drop it)\n',
  );
});

test('simulate tells what would change, by what, and where to look', async () => {
  const local = new FakeLocal();
  const { code, stdout } = await sallyport(['simulate', '--config', 'new.yaml', '--since', '1h'], { local });
  assert.equal(code, 1);
  assert.deepEqual(local.asked, [['simulate', 'new.yaml', { limit: 50, since: '2026-11-23T09:00:00.000Z' }]]);
  assert.equal(
    stdout,
    [
      '5 commands from 2026-11-23T09:00:00.000Z to 2026-11-23T09:59:00.000Z: 3 as they were',
      'left out: 1 syntax',
      '  allow -> deny: 1 command',
      '  allow -> cannot tell: 1 command',
      '',
      'allow -> deny  1 command  agent crew-7 on orders',
      '  DELETE FROM orders WHERE id = 0',
      '  rules: "crews write"; now "no deletes"',
      '  Ask the \\u{202e}dba.',
      '  2026-11-23T09:59:01.000Z  sallyport replay session-1  DELETE FROM orders WHERE id = 7',
      '',
      'newly masked  public.users.email on orders (in clear, now email)  1 command  agent crew-7',
      '',
      '2 more changes are not listed: --limit, --identity, --target',
      '',
    ].join('\n'),
  );
});

test('simulate ends with 0 where nothing would change', async () => {
  const local = new FakeLocal();
  local.answers.simulate = async () => ({
    problems: [],
    warnings: [],
    simulation: {
      from: null,
      to: null,
      commands: 0,
      unchanged: 0,
      leftOut: {},
      changes: [],
      groups: [],
      masks: [],
      masksUnknown: 0,
      unlisted: 0,
    },
  });
  const { code, stdout } = await sallyport(['simulate'], { local });
  assert.deepEqual([code, stdout], [0, 'no commands are on record there\n']);
});
