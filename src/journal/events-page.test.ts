import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Event, EventType } from '../core/event.ts';

type MembersOf<T extends EventType> = Record<Exclude<keyof Extract<Event, { type: T }>, 'type'>, true>;

/** Does not compile unless it names every type and every member. */
const members: { readonly [T in EventType]: MembersOf<T> } = {
  'gateway.started': { version: true, config: true, sensitive: true },
  'gateway.stopped': {},
  'config.loaded': { digest: true, sensitive: true },
  'config.refused': { digest: true, errors: true },
  'identity.refused': { protocol: true, client: true, target: true, reason: true },
  'session.opened': {
    session: true,
    protocol: true,
    client: true,
    target: true,
    identity: true,
    application: true,
    chain: true,
  },
  'session.closed': { session: true, reason: true, commands: true, rows: true },
  'session.killed': { session: true, by: true },
  'tunnel.ended': { session: true, sent: true, received: true },
  'tool.accepted': { target: true, tool: true, digest: true, by: true },
  'lease.made': { session: true, target: true, user: true },
  'lease.ended': { session: true, target: true, user: true },
  'login.opened': { login: true, identity: true, via: true, client: true },
  'login.ended': { login: true, identity: true, reason: true },
  'ticket.issued': {
    ticket: true,
    client: true,
    identity: true,
    targets: true,
    rules: true,
    expires: true,
  },
  'ticket.ended': { ticket: true, by: true },
  command: {
    session: true,
    command: true,
    text: true,
    parameters: true,
    effects: true,
    verdict: true,
    rules: true,
    unbounded: true,
    uses: true,
    reveals: true,
    approval: true,
    failures: true,
  },
  'command.estimated': { session: true, text: true, parameters: true, effects: true, rules: true },
  'command.previewed': { session: true, text: true, parameters: true, effects: true, rules: true },
  'preview.ended': { session: true, outcome: true },
  'command.refused': {
    session: true,
    text: true,
    parameters: true,
    effects: true,
    unbounded: true,
    uses: true,
    code: true,
    because: true,
    detail: true,
    failures: true,
  },
  result: {
    because: true,
    session: true,
    command: true,
    tag: true,
    error: true,
    rows: true,
    bytes: true,
    masked: true,
    columns: true,
    first: true,
    maskedAt: true,
  },
  'hold.opened': { session: true, approval: true, text: true, effects: true, rules: true },
  'hold.decided': { session: true, approval: true, decision: true, by: true, because: true, until: true },
  'hold.ended': { session: true, approval: true, outcome: true },
  'request.opened': {
    request: true,
    identity: true,
    target: true,
    rule: true,
    because: true,
    forMs: true,
  },
  'request.decided': { request: true, decision: true, by: true, because: true },
  'request.ended': { request: true, outcome: true, by: true },
  'grant.started': { request: true, identity: true, target: true, rule: true, until: true, self: true },
  'grant.ended': { request: true, target: true, rule: true, outcome: true, by: true },
  'identity.revoked': { subject: true, issuer: true, by: true, because: true },
  'identity.restored': { subject: true, issuer: true, by: true },
  'notice.sent': { channel: true, notice: true, kind: true, about: true },
  'notice.failed': { channel: true, notice: true, kind: true, about: true, error: true },
  'notice.answered': {
    channel: true,
    user: true,
    subject: true,
    approval: true,
    decision: true,
    outcome: true,
  },
  'sink.failed': { sink: true, error: true },
  'sink.resumed': { sink: true },
  'journal.dropped': {
    file: true,
    block: true,
    hash: true,
    events: true,
    until: true,
    keepMs: true,
    config: true,
  },
  'journal.recovered': { file: true, bytes: true, sha256: true },
  'journal.replaced': { file: true, block: true },
  'worker.started': { worker: true },
  'worker.joined': { worker: true, block: true, hash: true, events: true },
  'worker.ended': { worker: true, lost: true, cut: true },
  'journal.lost': { events: true },
};

test('docs/events.md names every event and every member of it, and nothing else', async () => {
  const page = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');
  const documented = new Map<string, string[]>();
  for (const section of page.split('\n### ').slice(1)) {
    const [heading = '', ...lines] = section.split('\n');
    const names = lines
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''));
    documented.set(heading.replaceAll('`', ''), names.sort());
  }
  const expected = new Map(Object.entries(members).map(([type, its]) => [type, Object.keys(its).sort()]));
  const byName = (map: Map<string, string[]>): object => Object.fromEntries(map);
  assert.deepEqual(byName(documented), byName(expected));
});
