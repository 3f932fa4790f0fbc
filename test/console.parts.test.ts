import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';

import { waysTo } from '../src/console/pages/access/ways.ts';
import { barsOf, inWords } from '../src/console/pages/now/bars.ts';
import { standingOf, wantedOf } from '../src/console/pages/approvals/items.ts';
import { span } from '../src/console/parts/span.ts';
import { sqlPieces } from '../src/console/parts/sql-words.ts';

describe('a stretch of time', () => {
  const rows: readonly [number, string][] = [
    [0, '0 s'],
    [999, '0 s'],
    [1_000, '1 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_661_000, '1 h 1 min'],
    [90_000_000, '1 d 1 h'],
    [86_400_000 + 60_000, '1 d'],
  ];
  for (const [ms, told] of rows) test(`${ms} ms is ${told}`, () => assert.equal(span(ms), told));
});

describe('colours of SQL', () => {
  const rows: readonly [string, readonly string[]][] = [
    ["SELECT 'a''b' -- c", ['word SELECT', 'plain  ', "text 'a''b'", 'plain  ', 'quiet -- c']],
    ['"select" x', ['plain "select" x']],
    ['a /* b */ c', ['plain a ', 'quiet /* b */', 'plain  c']],
    ['$x$ DROP $x$ drop', ['text $x$ DROP $x$', 'plain  ', 'word drop']],
    ["'never ends DROP", ["text 'never ends DROP"]],
    ['/* never ends', ['quiet /* never ends']],
    ['a - b -> $1', ['plain a - b -> $1']],
  ];
  for (const [text, pieces] of rows) {
    test(text, () =>
      assert.deepEqual(
        sqlPieces(text).map((piece) => `${piece.kind} ${piece.text}`),
        pieces,
      ),
    );
  }

  test('lose and change no character, whatever they are given', () => {
    const parts = fc.constantFrom(
      "'",
      '"',
      '$',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      '\n',
      'select',
      '\\',
      '\u202e',
      'é',
      '1',
      ' ',
    );
    const texts = fc.oneof(
      fc.array(parts).map((some) => some.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const again = sqlPieces(text).map((piece) => piece.text);
        assert.equal(again.join(''), text);
      }),
    );
  });
});

describe('who may decide, as far as a page can tell', () => {
  const agent = { subject: 'crew', issuer: 'i', kind: 'agent', groups: [] } as const;
  const dana = { subject: 'dana', issuer: 'i', kind: 'human', groups: ['dba'] } as const;
  const byDba = [{ groups: ['dba'], count: 1 }];
  const said = { by: dana, decision: 'approve', because: null, at: '' } as const;
  const rows = [
    ['named by a group', { identity: agent, approvers: byDba, decisions: [] }, 'may'],
    ['named alone', { identity: agent, approvers: [{ subjects: ['dana'], count: 1 }], decisions: [] }, 'may'],
    [
      'not named',
      { identity: agent, approvers: [{ groups: ['leads'], count: 1 }], decisions: [] },
      'not_named',
    ],
    ['their own', { identity: dana, approvers: byDba, decisions: [] }, 'mine'],
    ['decided already', { identity: agent, approvers: byDba, decisions: [said] }, 'decided'],
    [
      'of another issuer',
      {
        identity: { ...dana, issuer: 'j' },
        approvers: byDba,
        decisions: [{ ...said, by: { ...dana, issuer: 'j' } }],
      },
      'may',
    ],
  ] as const;
  for (const [name, item, standing] of rows) {
    test(name, () => assert.equal(standingOf(item, dana), standing));
  }

  test('whose word it wants', () => {
    const approvers = [
      { groups: ['dba'], count: 2 },
      { groups: ['leads'], subjects: ['anna'], count: 1 },
    ];
    assert.equal(wantedOf(approvers), '2 of dba, and of one of leads or anna');
  });
});

describe('charts', () => {
  const step = (commands: number, at: string) => ({
    at,
    commands,
    sessions: 0,
    holds: 0,
    refusals: 0,
    masked: 0,
  });
  const bars = barsOf(
    [step(1, '00:00'), step(2, '00:15'), step(4, '00:30'), step(0, '00:45')],
    'commands',
    2,
  );

  test('put steps together', () => {
    assert.deepEqual(bars, [
      { count: 3, at: '00:00' },
      { count: 4, at: '00:30' },
    ]);
  });

  test('say in words what they show', () => {
    const told = inWords(bars, 'commands', (at) => at);
    assert.equal(told, '7 commands in the last 24 hours, most of them (4) about 00:30');
    assert.equal(inWords([], 'refusals', String), 'no refusals in the last 24 hours');
  });
});

describe('ways to a target', () => {
  const reached = (protocol: string, address: string | null, name = 'orders') => ({
    target: { name, protocol, address, labels: {} },
    ticket: `spt_${'i'.repeat(22)}${'s'.repeat(43)}`,
    caFile: 'sallyport-ca.pem',
  });
  const rows: readonly [protocol: string, address: string, names: readonly string[]][] = [
    ['postgres', 'gw.test:6432', ['psql', 'Environment', 'psycopg', 'SQLAlchemy', 'JDBC', 'Node', 'CrewAI']],
    ['http', 'https://gw.test:8444/t/orders', ['curl', 'Python', 'Node', 'CrewAI']],
    ['mcp', 'https://gw.test:8444/t/orders/mcp', ['Any client', 'CrewAI']],
    ['aws', 'https://gw.test:8444', ['Environment', '~/.aws/config', 'boto3']],
  ];
  for (const [protocol, address, names] of rows) {
    test(`of ${protocol} name where it is`, () => {
      const ways = waysTo(reached(protocol, address));
      assert.deepEqual(
        ways.map(({ name }) => name),
        names,
      );
      const { host } = new URL(address.includes('//') ? address : `tcp://${address}`);
      for (const { name, text } of ways) {
        for (const part of host.split(':')) assert.ok(text.includes(part), `${name}: ${part}`);
      }
    });
  }

  test('there are none where no port is open', () => assert.deepEqual(waysTo(reached('http', null)), []));

  test('of AWS halve the ticket', () => {
    const [environment] = waysTo(reached('aws', 'https://gw.test:8444'));
    const keys = `AWS_ACCESS_KEY_ID=${'i'.repeat(22)} AWS_SECRET_ACCESS_KEY=${'s'.repeat(43)}`;
    assert.ok(environment?.text.includes(keys));
  });

  test('a shell runs nothing that stands in a name', () => {
    const name = `a'b"$(touch x)\`id\`;& c`;
    const way = waysTo(reached('postgres', 'gw.test:6432', name)).find((one) => one.name === 'Environment');
    const said = execFileSync('sh', ['-c', `${way?.text ?? ''}\nprintf %s "$PGDATABASE"`], {
      encoding: 'utf8',
    });
    assert.equal(said, name);
  });
});
