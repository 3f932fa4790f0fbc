import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SallyportError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Identity } from '../core/identity.ts';
import type { TicketRequest } from '../core/tickets.ts';
import { gatewayTarget } from '../core/target.ts';
import { compilePolicy } from '../policy/decide.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { identity, noonMs, rule, target } from '../../test/fixtures/rules.ts';
import { Exchange } from './exchange.ts';
import { openLocalIssuer } from './local.ts';
import type { LocalIssuer } from './local.ts';
import { Tickets } from './tickets.ts';
import { tokenFaultOf } from './token-fault.ts';
import { Identities } from './verifier.ts';

// THREATS 39 and 41 for tickets. The real issuer, the real store; the clock is ours.

const rules = [
  rule({ name: 'crews read', who: { groups: ['crews'] }, targets: ['orders', 'billing'], allow: ['read'] }),
  rule({ name: 'crews write', who: { groups: ['crews'] }, targets: ['orders'], allow: ['write'] }),
  rule({ name: 'people read', who: { kind: 'human' }, targets: ['orders', 'hr'], allow: ['read'] }),
  rule({ name: 'nobody', who: { kind: 'agent' }, targets: ['hr'], deny: ['read'] }),
];
const targets = [target('orders'), target('billing'), target('hr'), gatewayTarget];
const hourMs = 3_600_000;

let dir: string;
let store: Store;
let local: LocalIssuer;
let tickets: Tickets;
let verifier: Identities;
let exchange: Exchange;
let events: Event[];
let nowMs = noonMs;
let shutOut: string[] = [];
let journalFails = false;
const clock = { now: () => nowMs };

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-tickets-'));
  store = await openSqliteStore(join(dir, 'sallyport.db'));
  local = await openLocalIssuer({ dataDir: dir, clock });
  tickets = await Tickets.open({ records: store.tickets, dataDir: dir, clock });
  verifier = new Identities({ issuers: [], local, tickets, clock });
});
after(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  nowMs = noonMs;
  shutOut = [];
  events = [];
  journalFails = false;
  const policy = compilePolicy(rules, { version: 1, now: clock.now });
  exchange = new Exchange({
    verifier,
    tickets,
    clock,
    policy: () => policy,
    targets: () => targets,
    revoked: (who) => [who, who.actor].some((one) => one !== undefined && shutOut.includes(one.subject)),
    journal: {
      losses: 0,
      append: (event) => void events.push(event),
      note: (event) => void events.push(event),
      commit: () => {
        if (journalFails) throw new SallyportError('journal_unavailable', 'the disk is full');
      },
    },
  });
});

const crew = () => local.issue({ subject: 'crew-7', kind: 'agent', groups: ['crews'], ttlMs: hourMs });
const anna = (claims: Record<string, unknown> = {}) =>
  local.issue({ subject: 'anna', kind: 'human', groups: ['dba'], ttlMs: 2 * hourMs, claims });

async function ticket(subjectToken: string, more: Partial<TicketRequest> = {}): Promise<string> {
  return (await exchange.issue({ subjectToken, client: '10.0.0.7', ...more })).secret;
}

async function refused(request: Promise<unknown>, code: ErrorCode): Promise<SallyportError> {
  const error: unknown = await request.then(
    () => assert.fail('it was issued'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SallyportError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

async function faultOf(token: string): Promise<string | undefined> {
  return tokenFaultOf(await refused(verifier.verify(token), 'unauthenticated'));
}

describe('a ticket', () => {
  test('stands for the same identity, narrowed as asked, and ends with its token at the latest', async () => {
    const secret = await ticket(await crew(), {
      targets: ['orders'],
      rules: ['crews read'],
      lifetimeMs: 12 * hourMs,
      purpose: 'monthly report',
      task: 'T-1',
    });
    assert.match(secret, /^spt_[\w-]{65}$/);
    const who = await verifier.verify(secret);
    assert.deepEqual(
      [who.subject, who.issuer, who.kind, who.groups],
      ['crew-7', 'sallyport', 'agent', ['crews']],
    );
    assert.deepEqual(who.within, { targets: ['orders'], rules: ['crews read'] });
    assert.deepEqual([who.purpose, who.task], ['monthly report', 'T-1']);
    assert.equal(who.expiresAtMs, noonMs + hourMs);
    const { ticket: id = '' } = who;
    assert.deepEqual(events, [
      {
        type: 'ticket.issued',
        ticket: id,
        client: '10.0.0.7',
        identity: {
          subject: 'crew-7',
          issuer: 'sallyport',
          kind: 'agent',
          groups: ['crews'],
          purpose: 'monthly report',
          task: 'T-1',
          ticket: id,
        },
        targets: ['orders'],
        rules: ['crews read'],
        expires: '2026-11-02T11:00:00.000Z',
      },
    ]);
    assert.ok(
      !JSON.stringify([events, await store.tickets.get(id)]).includes(secret.slice(26)),
      'no secret is kept',
    );
  });

  test('lives for an hour where nothing is said', async () => {
    assert.equal((await verifier.verify(await ticket(await anna()))).expiresAtMs, noonMs + hourMs);
  });

  test('survives a restart', async () => {
    const secret = await ticket(await crew());
    const again = await Tickets.open({ records: store.tickets, dataDir: dir, clock });
    assert.equal((await again.verify(secret)).subject, 'crew-7');
  });

  test('is made with a key that this user alone may read (THREATS 42)', () => {
    assert.equal(statSync(join(dir, 'ticket-key')).mode & 0o777, 0o600);
  });
});

describe('THREATS 39: a ticket that does not hold', () => {
  const rows: readonly [title: string, make: (good: string) => string | Promise<string>, fault: string][] = [
    ['of another name', (good) => `spt_${'A'.repeat(22)}${good.slice(26)}`, 'ticket'],
    ['with one character of its name changed', (good) => flipped(good, 10), 'ticket'],
    ['with one character of its secret changed', (good) => flipped(good, 40), 'ticket'],
    ['with its last bits changed, which base64 passes over', (good) => lastBits(good), 'ticket'],
    ['cut short', (good) => good.slice(0, -1), 'ticket'],
    ['with something behind it', (good) => `${good}A`, 'ticket'],
    ['without a secret', (good) => good.slice(0, 26), 'ticket'],
    ['in capitals', (good) => `spt_${good.slice(4).toUpperCase()}`, 'ticket'],
    ['of another gateway', () => elsewhere(), 'ticket'],
    ['forgotten since', forgotten, 'ticket'],
  ];

  for (const [title, make, fault] of rows) {
    test(title, async () => {
      const bad = await make(await ticket(await crew()));
      assert.equal(await faultOf(bad), fault);
      await refused(ticket(bad), 'unauthenticated');
      await refused(ticket(await anna(), { actorToken: bad }), 'unauthenticated');
    });
  }

  test('past its time', async () => {
    const secret = await ticket(await crew(), { lifetimeMs: 60_000 });
    nowMs += 60_000;
    assert.equal(await faultOf(secret), 'expired');
  });

  test('ended early, with all that came from it', async () => {
    const first = await ticket(await crew());
    const second = await ticket(first);
    const third = await ticket(await anna(), { actorToken: second });
    const other = await ticket(await crew());
    const { ticket: id = '' } = await verifier.verify(first);
    assert.equal((await tickets.end([id])).length, 3);
    for (const secret of [first, second, third]) assert.equal(await faultOf(secret), 'ticket_ended');
    await refused(ticket(second), 'unauthenticated');
    assert.equal((await verifier.verify(other)).subject, 'crew-7');
    assert.deepEqual(await tickets.end([id]), [], 'and once');
  });

  test('ended early, though the store cannot keep that', async () => {
    const failing = await Tickets.open({
      records: { ...store.tickets, end: () => Promise.reject(new Error('store down')) },
      dataDir: dir,
      clock,
    });
    const secret = await ticket(await crew());
    const who = await failing.verify(secret);
    await assert.rejects(failing.end([who.ticket ?? '']), /store down/);
    assert.equal(failing.hasEnded(who), true);
    assert.equal(tokenFaultOf(await refused(failing.verify(secret), 'unauthenticated')), 'ticket_ended');
  });

  test('whose first one ends while the second is made', async () => {
    const first = await ticket(await crew());
    const { ticket: id = '' } = await verifier.verify(first);
    const slow = new Exchange({
      verifier,
      tickets,
      clock,
      policy: () => compilePolicy(rules, { version: 1, now: clock.now }),
      targets: () => targets,
      revoked: () => false,
      journal: {
        losses: 0,
        append: () => undefined,
        note: () => undefined,
        commit: async () => void (await tickets.end([id])),
      },
    });
    await refused(slow.issue({ subjectToken: first, client: '' }), 'revoked');
  });

  test('whose issuer is no longer trusted', async () => {
    const secret = await ticket(await crew());
    const strict = new Identities({ issuers: [], tickets, clock });
    assert.equal(tokenFaultOf(await refused(strict.verify(secret), 'unauthenticated')), 'unknown_issuer');
  });

  test('for whoever is shut out, or whose agent is', async () => {
    shutOut = ['crew-7'];
    await refused(ticket(await crew()), 'revoked');
    await refused(ticket(await anna(), { actorToken: await crew() }), 'revoked');
  });

  test('from a token that does not hold', async () => {
    await refused(ticket('hunter2'), 'unauthenticated');
    await refused(ticket(''), 'unauthenticated');
  });

  test('that is not on record', async () => {
    journalFails = true;
    const before = (await tickets.list()).length;
    await refused(ticket(await crew()), 'journal_unavailable');
    assert.equal((await tickets.list()).length, before);
  });
});

describe('never wider', () => {
  const narrow = () =>
    crew().then((token) =>
      ticket(token, { targets: ['orders'], rules: ['crews read'], purpose: 'report', task: 'T-1' }),
    );

  const rows: readonly [title: string, asked: Partial<TicketRequest>, code: ErrorCode][] = [
    ['another target', { targets: ['billing'] }, 'unknown_target'],
    ['its target and another', { targets: ['orders', 'billing'] }, 'unknown_target'],
    ['a target that is none', { targets: ['no-such'] }, 'unknown_target'],
    ['all targets by a star', { targets: ['*'] }, 'unknown_target'],
    ['the gateway itself', { targets: ['sallyport'] }, 'unknown_target'],
    ['another rule', { rules: ['crews write'] }, 'denied'],
    ['its rule and another', { rules: ['crews read', 'crews write'] }, 'denied'],
    ['a rule of somebody else', { rules: ['people read'] }, 'denied'],
    ['a rule that only denies', { rules: ['nobody'] }, 'denied'],
    ['another purpose', { purpose: 'repair' }, 'denied'],
    ['another task', { task: 'T-2' }, 'denied'],
    ['a longer life than any ticket has', { lifetimeMs: 12 * hourMs + 1 }, 'protocol'],
    ['no life', { lifetimeMs: 0 }, 'protocol'],
    ['a purpose that a terminal would obey', { purpose: '\u001b[2J' }, 'protocol'],
    ['a purpose that turns the text', { purpose: 'a\u202eb' }, 'protocol'],
    ['a purpose of a book', { task: 'x'.repeat(501) }, 'protocol'],
  ];
  for (const [title, asked, code] of rows) {
    test(title, async () => {
      const before = (await tickets.list()).length;
      await refused(ticket(await narrow(), asked), code);
      assert.equal((await tickets.list()).length, before + 1, 'the first one alone');
    });
  }

  test('what is not asked for again stays as narrow', async () => {
    const first = await verifier.verify(await narrow());
    const second = await verifier.verify(await ticket(await narrow(), { lifetimeMs: 60_000 }));
    assert.deepEqual(second.within, first.within);
    assert.deepEqual([second.purpose, second.task], ['report', 'T-1']);
    assert.equal(second.expiresAtMs, noonMs + 60_000);
  });

  test('nor longer than the first', async () => {
    const first = await ticket(await crew(), { lifetimeMs: 60_000 });
    assert.equal(
      (await verifier.verify(await ticket(first, { lifetimeMs: hourMs }))).expiresAtMs,
      noonMs + 60_000,
    );
  });

  test('a chain of exchanges has an end', async () => {
    let last = await crew();
    for (let count = 0; count < 17; count++) last = await ticket(last);
    await refused(ticket(last), 'protocol');
  });
});

describe('an agent that acts for a person', () => {
  test('is on record beside them, and both must be let in', async () => {
    const secret = await ticket(await anna(), { actorToken: await crew(), targets: ['orders'] });
    const who = await verifier.verify(secret);
    assert.deepEqual([who.subject, who.actor?.subject], ['anna', 'crew-7']);
    assert.equal(who.expiresAtMs, noonMs + hourMs, 'the agent’s token ends first');
    assert.deepEqual(who.actor?.within, { targets: ['orders'] });
    const [issued] = events;
    assert.ok(issued?.type === 'ticket.issued');
    assert.deepEqual(issued.identity.actor, { subject: 'crew-7', issuer: 'sallyport', kind: 'agent' });
  });

  test('has no ticket for what one of them may not reach', async () => {
    const both = { actorToken: await crew() };
    await refused(ticket(await anna(), { ...both, targets: ['billing'] }), 'unknown_target');
    await refused(ticket(await anna(), { ...both, targets: ['hr'] }), 'unknown_target');
  });

  test('keeps what its own ticket narrowed it to', async () => {
    const narrow = await ticket(await crew(), { targets: ['billing'] });
    await refused(ticket(await anna(), { actorToken: narrow, targets: ['orders'] }), 'unknown_target');
    const who = await verifier.verify(await ticket(await anna(), { actorToken: narrow }));
    assert.deepEqual([who.within, who.actor?.within], [undefined, { targets: ['billing'] }]);
  });

  test('brings no purpose of its own beside another', async () => {
    const own = await ticket(await crew(), { purpose: 'mine' });
    await refused(ticket(await anna(), { actorToken: own, purpose: 'yours' }), 'denied');
    const who = await verifier.verify(await ticket(await anna(), { actorToken: own }));
    assert.deepEqual([who.purpose, who.actor?.purpose], ['mine', 'mine']);
  });

  test('stands behind those who act already', async () => {
    const first = await ticket(await anna(), { actorToken: await crew() });
    const tool = await local.issue({ subject: 'tool', kind: 'agent', groups: ['crews'], ttlMs: hourMs });
    const who = await verifier.verify(await ticket(first, { actorToken: tool }));
    assert.deepEqual(
      [who.subject, who.actor?.subject, who.actor?.actor?.subject],
      ['anna', 'crew-7', 'tool'],
    );
  });

  test('acts for nobody who is itself, nor in too long a row', async () => {
    await refused(ticket(await crew(), { actorToken: await crew() }), 'protocol');
    const back = await ticket(await anna(), { actorToken: await crew() });
    await refused(ticket(back, { actorToken: await anna() }), 'protocol');
    let row = await anna();
    for (const subject of ['one', 'two', 'three']) {
      row = await ticket(row, {
        actorToken: await local.issue({ subject, kind: 'agent', groups: [], ttlMs: hourMs }),
      });
    }
    await refused(ticket(row, { actorToken: await crew() }), 'protocol');
  });

  test('is the one that the person’s token names, where it names one', async () => {
    await refused(ticket(await anna({ may_act: { sub: 'crew-8' } }), { actorToken: await crew() }), 'denied');
    await refused(
      ticket(await anna({ may_act: { sub: 'crew-7', iss: 'https://x' } }), { actorToken: await crew() }),
      'denied',
    );
    await refused(ticket(await anna({ may_act: 'crew-7' }), { actorToken: await crew() }), 'denied');
    await ticket(await anna({ may_act: { sub: 'crew-7', iss: 'sallyport' } }), { actorToken: await crew() });
  });

  test('loses it with either of them', async () => {
    const secret = await ticket(await anna(), { actorToken: await crew() });
    const ended = await tickets.endOf((one) => one.subject === 'crew-7');
    assert.ok(ended.length > 0);
    assert.equal(await faultOf(secret), 'ticket_ended');
  });
});

test('one identity has so many live tickets and no more', async () => {
  const who: Identity = identity({ subject: 'greedy', issuer: 'sallyport' });
  for (let count = 0; count < 1_000; count++) {
    await tickets.issue({ id: `greedy${String(count).padStart(16, '0')}`, identity: who, from: [] });
  }
  const token = await local.issue({ subject: 'greedy', kind: 'agent', groups: ['crews'], ttlMs: hourMs });
  await refused(ticket(token), 'limit_requests');
  nowMs += 2 * hourMs;
  await ticket(await local.issue({ subject: 'greedy', kind: 'agent', groups: ['crews'], ttlMs: hourMs }));
});

function flipped(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

/** The secret's 43rd character has two bits that mean nothing. */
function lastBits(text: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + (digits[digits.indexOf(text.at(-1) ?? '') ^ 1] ?? '');
}

/** A good one of a gateway with another key. */
async function elsewhere(): Promise<string> {
  const dataDir = mkdtempSync(join(dir, 'other-'));
  return other(await Tickets.open({ records: store.tickets, dataDir, clock }));
}

async function other(of: Tickets): Promise<string> {
  const issued = await of.issue({
    id: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url'),
    identity: identity(),
    from: [],
  });
  return issued?.secret ?? '';
}

/** A ticket whose row is gone. */
async function forgotten(good: string): Promise<string> {
  await store.tickets.forget(Number.MAX_SAFE_INTEGER);
  return good;
}

describe('a ticket for who is signed in by browser', () => {
  const anna = identity({
    subject: 'anna',
    issuer: 'sallyport',
    kind: 'human',
    groups: ['dba'],
    expiresAtMs: noonMs + 2 * hourMs,
  });
  const client = '10.0.0.7';

  test('is theirs, narrowed as asked, on record, and ends with the login', async () => {
    const { secret, expiresAtMs } = await exchange.issueTo(anna, {
      client,
      targets: ['orders'],
      purpose: 'a look',
      lifetimeMs: 12 * hourMs,
    });
    assert.equal(expiresAtMs, anna.expiresAtMs);
    const { subject, within, purpose } = await verifier.verify(secret);
    assert.deepEqual([subject, within, purpose], ['anna', { targets: ['orders'] }, 'a look']);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ticket.issued'],
    );
    await refused(ticket(secret, { targets: ['hr'] }), 'unknown_target');
  });

  test('is refused for what is not theirs, who was shut out, and what cannot be recorded', async () => {
    await refused(exchange.issueTo(anna, { client, targets: ['billing'] }), 'unknown_target');
    journalFails = true;
    await refused(exchange.issueTo(anna, { client, targets: ['orders'] }), 'journal_unavailable');
    shutOut = ['anna'];
    await refused(exchange.issueTo(anna, { client, targets: ['orders'] }), 'revoked');
  });
});
