import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderReplay } from './replay-text.ts';
import type { Pace, ReplayEvent, ReplayOptions } from './replay-text.ts';

const agent = { subject: 'crew-7', issuer: 'https://issuer', kind: 'agent', groups: ['crews', 'night'] };
const lena = { subject: 'lena', issuer: 'https://issuer', kind: 'human', groups: ['dba'] };

let seq = 0;
function event(ms: number, it: Omit<ReplayEvent, 'seq' | 'time'>): ReplayEvent {
  const time = new Date(Date.parse('2026-11-23T08:00:00.000Z') + ms).toISOString();
  return { seq: ++seq, time, session: 's1', ...it };
}

const session: readonly ReplayEvent[] = [
  event(0, {
    type: 'session.opened',
    protocol: 'postgres',
    client: '127.0.0.1:5000',
    target: 'orders',
    identity: agent,
    application: 'psql',
  }),
  event(4, { type: 'lease.made', target: 'orders', user: 'sp_1' }),
  event(10, {
    type: 'command',
    command: 1,
    text: 'SELECT id, email\nFROM customers WHERE id < $1 OR id = $2',
    parameters: ['9', null],
    effects: ['read.select public.customers'],
    verdict: 'allow',
    rules: ['crews read the shop'],
  }),
  event(12, {
    type: 'result',
    command: 1,
    tag: 'SELECT 3',
    rows: 3,
    bytes: 80,
    masked: 3,
    columns: ['id', 'email'],
    first: [
      ['1', 'a***@shop.test'],
      ['20', null],
    ],
  }),
  event(1_000, {
    type: 'command.refused',
    text: 'DROP TABLE customers',
    effects: ['schema.drop public.customers'],
    code: 'denied',
    because: 'Schema changes go through migrations.',
  }),
  event(2_000, {
    type: 'hold.opened',
    approval: 'a1',
    text: 'UPDATE orders SET paid = true',
    effects: ['write.update public.orders'],
    rules: ['crews write with a nod'],
  }),
  event(5_000, { type: 'hold.decided', approval: 'a1', decision: 'approve', by: lena, because: 'fine' }),
  event(5_001, { type: 'hold.ended', approval: 'a1', outcome: 'used' }),
  event(5_001, {
    type: 'command',
    command: 2,
    text: 'UPDATE orders SET paid = true',
    effects: ['write.update public.orders'],
    verdict: 'hold',
    approval: 'a1',
    rules: ['crews write with a nod'],
    failures: [{ rule: 'odd hours', error: 'no such key' }],
  }),
  event(5_003, { type: 'result', command: 2, error: '40001', rows: 0, bytes: 0, masked: 0 }),
  event(5_010, {
    type: 'result',
    command: 3,
    error: '54000',
    because: 'Sallyport: budget "small" is spent: 2 rows a day',
    rows: 1,
    bytes: 9,
    masked: 0,
    columns: ['id'],
    first: [['9']],
  }),
  event(5_011, { type: 'command.previewed', text: 'DELETE FROM t', rules: ['a nod'] }),
  event(5_012, { type: 'preview.ended', outcome: 'undone' }),
  event(5_013, { type: 'command.estimated', text: 'DELETE FROM t', rules: ['a nod'] }),
  event(6_000, { type: 'session.killed', by: lena }),
  event(6_001, { type: 'session.closed', reason: 'killed', commands: 2, rows: 3 }),
  event(6_002, { type: 'lease.ended', target: 'orders', user: 'sp_1' }),
  event(6_003, { type: 'some.thing.new' }),
];

const transcript = `
    +0.000  session s1, 2026-11-23T08:00:00.000Z
            agent crew-7 (https://issuer) on orders (postgres), from 127.0.0.1:5000, psql
            groups:  crews, night
    +0.004  credential made for this session: sp_1
    +0.010  #1 allowed by "crews read the shop"
            │ SELECT id, email
            │ FROM customers WHERE id < $1 OR id = $2
            $1 = '9'
            $2 = NULL
            read.select public.customers
    +0.012  #1 SELECT 3: 3 rows, 80 bytes, 3 values masked
            id  email
            1   a***@shop.test
            20  NULL
            … 1 more rows, not recorded
    +1.000  refused (denied)
            │ DROP TABLE customers
            schema.drop public.customers
            Schema changes go through migrations.
    +2.000  held as a1 by "crews write with a nod"
            │ UPDATE orders SET paid = true
            write.update public.orders
    +5.000  approved by human lena (https://issuer) (a1)
            fine
    +5.001  hold a1 is over: used
    +5.001  #2 approved (a1) by "crews write with a nod"
            │ UPDATE orders SET paid = true
            write.update public.orders
            rule "odd hours" failed: no such key
    +5.003  #2 error 40001: 0 rows, 0 bytes
    +5.010  #3 error 54000: 1 rows, 9 bytes
            Sallyport: budget "small" is spent: 2 rows a day
            id
            9
    +5.011  run beforehand, not committed by "a nod"
            │ DELETE FROM t
    +5.012  what was run beforehand is undone
    +5.013  the target is asked what it expects of what comes next
    +6.000  killed by human lena (https://issuer)
    +6.001  session ended: killed
            2 commands, 3 rows
    +6.002  credential gone: sp_1
    +6.003  some.thing.new
`;

/** A clock that only waiting moves. */
function fakePace(): Pace & { waits: number[]; nowMs: number } {
  return {
    waits: [],
    nowMs: 77,
    now() {
      return this.nowMs;
    },
    async wait(ms) {
      this.waits.push(ms);
      this.nowMs += ms;
    },
  };
}

async function rendered(events: readonly ReplayEvent[], more: Partial<ReplayOptions> = {}): Promise<string> {
  let text = '';
  for await (const part of renderReplay(events, { speed: 0, color: false, pace: fakePace(), ...more }))
    text += part;
  return text;
}

test('a session as text', async () => {
  assert.equal(`\n${await rendered(session)}`, transcript);
});

const paces: readonly { speed: number; waits: readonly number[] }[] = [
  { speed: 0, waits: [] },
  { speed: 1, waits: [1_000, 4_000] },
  { speed: 4, waits: [250, 1_000] },
];
for (const { speed, waits } of paces) {
  test(`in its own time, speed ${speed}`, async () => {
    const pace = fakePace();
    const events = [0, 1_000, 5_000].map((ms) => event(ms, { type: 'lease.made', user: 'u' }));
    await rendered(events, { speed, pace });
    assert.deepEqual(pace.waits, waits);
  });
}

test('whatever is recorded is shown, not obeyed', async () => {
  const evil = '\u001b[2J\u202e\r\u0007</script>\u009b\u2028';
  const person = { subject: evil, issuer: evil, kind: evil, groups: [evil] };
  const everywhere = {
    session: evil,
    protocol: evil,
    client: evil,
    target: evil,
    identity: person,
    application: evil,
    user: evil,
    command: 1,
    text: evil,
    parameters: [evil, { hex: evil }],
    effects: [evil],
    verdict: evil,
    rules: [evil],
    failures: [{ rule: evil, error: evil }],
    approval: evil,
    code: evil,
    because: evil,
    tag: evil,
    columns: [evil],
    first: [[evil, { hex: evil }, null]],
    decision: evil,
    outcome: evil,
    by: person,
    reason: evil,
  };
  const types = new Set([...session.map(({ type }) => type), evil]);
  for (const type of types) {
    for (const error of [undefined, evil]) {
      const text = await rendered([event(0, { type, ...everywhere, error })]);
      assert.doesNotMatch(text, /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u, type);
    }
  }
});

test('colour is our own, and only where asked for', async () => {
  const text = await rendered(session, { color: true });
  assert.ok(text.includes('\u001b[31mrefused (denied)\u001b[0m'));
});

test('long values are shortened', async () => {
  const first = [['x'.repeat(1_000), '😀'.repeat(100)]];
  const text = await rendered([
    event(0, { type: 'result', command: 1, rows: 1, first, columns: ['a', 'b'] }),
  ]);
  assert.match(text, /\nx{39}…|\n +x{39}…/);
  assert.doesNotMatch(text, /x{40}/);
});

test('who acts for whom, and what they say it is for, stand at the beginning', async () => {
  const identity = { ...lena, actor: agent, purpose: 'late \u202Eparcels', task: 'T-4711' };
  const opening = event(0, { type: 'session.opened', protocol: 'postgres', target: 'orders', identity });
  const text = await rendered([opening]);
  assert.match(text, /human lena \(https:\/\/issuer\), through agent crew-7 \(https:\/\/issuer\) on orders/);
  assert.match(text, /\n {12}groups: {2}dba\n {12}purpose: late \\u\{202e\}parcels\n {12}task: {4}T-4711\n/);
});
