import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeGateway, people, sessionRecord, startMs, ticket } from '../../test/fixtures/fake-gateway.ts';
import type { Identity } from '../core/identity.ts';
import { eventIdentity, Session } from '../core/session.ts';
import { createClient } from './client.ts';
import type { Client } from './client.ts';
import { routes } from './contract/routes.ts';
import { createApi } from './server.ts';

const narrow: Identity = { ...people.crew, ticket: 'ticket-1', within: { targets: ['orders'] } };
const acting: Identity = { ...people.anna, actor: people.crew, ticket: 'ticket-2' };

/** A gateway where the bearer `TICKET` is this identity. */
function gatewayFor(holder?: Identity): FakeGateway {
  const gateway = new FakeGateway();
  const { verify } = gateway.parts.verifier;
  Object.assign(gateway.parts.verifier, {
    verify: async (token: string) => (token === 'TICKET' && holder !== undefined ? holder : verify(token)),
  });
  gateway.tickets = [
    ticket({ id: 'ticket-1', identity: narrow }),
    ticket({ id: 'ticket-1b', from: ['ticket-1'], identity: { ...narrow, ticket: 'ticket-1b' } }),
    ticket({ id: 'ticket-2', identity: acting }),
    ticket({ id: 'ticket-3', identity: { ...people.stray, ticket: 'ticket-3' } }),
  ];
  return gateway;
}

function clientOf(gateway: FakeGateway, token: string): Client {
  const { fetch } = createApi(gateway.parts);
  return createClient({
    url: 'http://gateway.test',
    token,
    fetch: async (url, init) => fetch(new Request(url, init)),
  });
}

const lists: readonly [title: string, token: string, holder: Identity | undefined, ids: readonly string[]][] =
  [
    ['those one is in', 'crew', undefined, ['ticket-1', 'ticket-1b', 'ticket-2']],
    ['those in one’s name', 'anna', undefined, ['ticket-2']],
    ['everybody’s with the right', 'rita', undefined, ['ticket-1', 'ticket-1b', 'ticket-2', 'ticket-3']],
    ['with a ticket, itself and what came from it', 'TICKET', narrow, ['ticket-1', 'ticket-1b']],
    ['with the latter, itself', 'TICKET', { ...narrow, ticket: 'ticket-1b' }, ['ticket-1b']],
    ['acting for somebody, that ticket', 'TICKET', acting, ['ticket-2']],
    [
      'acting by a token, none that the person has alone',
      'TICKET',
      { ...people.stray, actor: people.crew },
      [],
    ],
    ['acting by a token, those of both', 'TICKET', { ...people.anna, actor: people.crew }, ['ticket-2']],
  ];
for (const [title, token, holder, ids] of lists) {
  test(`${token} sees ${title}`, async () => {
    const { tickets } = await clientOf(gatewayFor(holder), token).call(routes.listTickets, {});
    assert.deepEqual(
      tickets.map(({ id }) => id),
      ids,
    );
  });
}

test('a ticket is shown with what it is for, and who acts', async () => {
  const { tickets } = await clientOf(gatewayFor(), 'sam').call(routes.listTickets, { query: { limit: 1 } });
  assert.deepEqual(tickets, [
    {
      id: 'ticket-1',
      identity: eventIdentity(narrow),
      targets: ['orders'],
      createdAt: '2026-11-23T09:59:59.000Z',
      expiresAt: '2026-11-23T10:01:00.000Z',
    },
  ]);
});

describe('ending a ticket', () => {
  test('ends what came from it and the sessions on them, and is on record', async () => {
    const gateway = gatewayFor();
    const { target } = gateway.session;
    const on = (id: string, identity: Identity): Session => {
      const session = new Session({ id, identity, target, client: '', nowMs: startMs });
      gateway.live.add(session, () => {});
      return session;
    };
    const child = on('s2', { ...narrow, ticket: 'ticket-1b' });
    const other = on('s3', acting);
    const answer = await clientOf(gateway, 'crew').call(routes.endTicket, { params: { id: 'ticket-1' } });
    assert.deepEqual(answer, { tickets: 2, sessions: 1 });
    assert.match(String(child.ended.reason), /ticket of this session was ended/);
    assert.equal(other.ended.aborted || gateway.session.ended.aborted, false);
    assert.deepEqual(gateway.journal, [
      { type: 'ticket.ended', ticket: 'ticket-1', by: eventIdentity(people.crew) },
    ]);
  });

  const refused: readonly [title: string, token: string, id: string][] = [
    ['somebody else’s', 'anna', 'ticket-1'],
    ['one with the right to read alone', 'rita', 'ticket-1'],
    ['none that is live', 'sam', 'ticket-9'],
    ['not the one that a ticket comes from', 'TICKET', 'ticket-1'],
  ];
  for (const [title, token, id] of refused) {
    test(title, async () => {
      const gateway = gatewayFor({ ...narrow, ticket: 'ticket-1b' });
      await assert.rejects(clientOf(gateway, token).call(routes.endTicket, { params: { id } }), {
        status: 404,
      });
      assert.equal(gateway.tickets.length, 4);
    });
  }

  test('not while the record cannot be written', async () => {
    const gateway = gatewayFor();
    gateway.journalFails = true;
    const call = clientOf(gateway, 'sam').call(routes.endTicket, { params: { id: 'ticket-1' } });
    await assert.rejects(call, { status: 503 });
    assert.equal(gateway.tickets.length, 4);
  });
});

test('revoking ends the tickets of whoever it is, also where they act for others', async () => {
  const gateway = gatewayFor();
  await clientOf(gateway, 'sam').call(routes.revoke, { body: { subject: 'crew-7' } });
  assert.deepEqual(
    gateway.tickets.map(({ id }) => id),
    ['ticket-3'],
  );
});

describe('what a ticket shows of sessions', () => {
  const { ticket: _none, ...anna } = eventIdentity({ ...acting, actor: people.stray });
  const crew = eventIdentity(people.crew);
  const all = [
    sessionRecord({ id: 'crew', identity: crew }),
    sessionRecord({ id: 'crew, with this ticket', identity: eventIdentity(narrow) }),
    sessionRecord({ id: 'anna', identity: eventIdentity(people.anna) }),
    sessionRecord({ id: 'anna through crew', identity: eventIdentity({ ...acting, ticket: 'before' }) }),
    sessionRecord({ id: 'anna through another', identity: anna }),
    sessionRecord({
      id: 'anna through both',
      identity: eventIdentity({
        ...acting,
        ticket: 'another',
        actor: { ...people.crew, actor: people.stray },
      }),
    }),
  ];
  const rows: readonly [title: string, holder: Identity, ids: readonly string[]][] = [
    ['narrowed, what came with it', narrow, ['crew, with this ticket']],
    ['acting, what the same did for that person', acting, ['anna through crew']],
    ['acting and narrowed, what came with it', { ...acting, within: { targets: ['orders'] } }, []],
    ['neither, all of theirs', { ...people.crew, ticket: 'x' }, ['crew', 'crew, with this ticket']],
  ];
  for (const [title, holder, ids] of rows) {
    test(title, async () => {
      const gateway = gatewayFor(holder);
      gateway.sessions = all;
      const client = clientOf(gateway, 'TICKET');
      const { sessions } = await client.call(routes.listSessions, { query: {} });
      assert.deepEqual(
        sessions.map(({ id }) => id),
        ids,
      );
      for (const { id } of all) {
        const asked = client.call(routes.getSession, { params: { id } });
        if (ids.includes(id)) assert.equal((await asked).id, id);
        else await assert.rejects(asked, { status: 404 });
      }
    });
  }
});

test('who am I says what a ticket leaves', async () => {
  const found = await clientOf(gatewayFor(narrow), 'TICKET').call(routes.me, {});
  assert.deepEqual([found.within, found.ticket], [{ targets: ['orders'] }, 'ticket-1']);
});
