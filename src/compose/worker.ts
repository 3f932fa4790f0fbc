import { join } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../config/config.ts';
import { ConfigRefused } from '../config/error.ts';
import { InForce } from '../config/in-force.ts';
import { digestOf, parseConfig, typesReader } from '../config/load.ts';
import { SallyportError } from '../core/errors.ts';
import { LiveSessions, ticketEnded } from '../core/live-sessions.ts';
import { lockFile } from '../files/lock.ts';
import { followGrants } from '../holds/granted.ts';
import { LiveGrants } from '../holds/live-grants.ts';
import { StoredHolds } from '../holds/stored-holds.ts';
import { openJournal } from '../journal/append.ts';
import { journalKey } from '../journal/key.ts';
import { workerLockName } from '../journal/worker-folder.ts';
import type { SessionKey } from '../protocols/protocol.ts';
import { protocols } from '../protocols/registry.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { Announcer } from '../workers/announcer.ts';
import { LocalBus } from '../workers/bus.ts';
import type { Assignment } from '../workers/messages.ts';
import { Post } from '../workers/post.ts';
import type { Later } from '../workers/post.ts';
import { fromSent, toSent } from '../workers/sent-error.ts';
import { UpToDate } from '../workers/up-to-date.ts';
import { baseUrl } from './addresses.ts';
import { openClients } from './clients.ts';
import { clock } from './clock.ts';
import { endUnadmitted, retarget } from './sessions.ts';

// A process of its own: what `sallyport serve --workers` starts beside the first one, to take clients of PostgreSQL.

/** How often idle and session limits, deadlines and expiries are looked at. */
const sweepMs = 200;
/** How often the store is asked for what news may not have brought: a revocation takes effect within a second. */
const refreshMs = 500;
const unread = {
  because: 'who was shut out cannot be read just now, so nothing is let through',
  instead: 'Try again in a moment.',
};
/** What is joined is removed in files of this size. */
const fileBytesMax = 64 * 1024 * 1024;

// Who stops the gateway from a terminal signals all of its processes; the first one says when to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

const post = new Post(() => process.exit(1));
try {
  await work(await post.assignment);
} catch (error) {
  post.tell({ kind: 'failed', error: toSent(error) });
  process.disconnect?.();
}

async function work(assignment: Assignment): Promise<void> {
  const { name, instance, file } = assignment;
  const log = pino(
    { level: process.env['SALLYPORT_LOG'] ?? 'warn', base: { worker: name } },
    pino.destination(2),
  );
  const grants = new LiveGrants(clock);
  const inForce = new InForce(await configOf(assignment.text, file), clock, grants);
  const { data, journal: recording } = inForce.config;
  const dir = join(data, 'journal', name);
  const lock = lockFile(join(dir, workerLockName));
  const store = await openSqliteStore(join(data, 'sallyport.db'), { joins: true });
  const journal = await openJournal({
    dir,
    durability: recording.durability,
    clock,
    signingKey: await journalKey(data),
    fileBytesMax,
    onError: (error) => log.error({ err: error }, 'the journal cannot be written'),
  });
  const announcer = new Announcer(post);
  const live = new LiveSessions((session) => announcer.opened(session));
  const bus = new LocalBus();
  const holds = new StoredHolds({
    notices: { tell: (notice) => post.tell({ kind: 'notice', notice }) },
    records: store.holds,
    instances: store.instances,
    journal,
    clock,
    instance,
    url: (id) => `${baseUrl(inForce.config, assignment.httpPort)}/approvals/${id}`,
    bus,
  });
  const cancels: ((key: SessionKey) => void)[] = [];
  const clients = await openClients({
    inForce,
    grants,
    store,
    journal,
    live,
    holds,
    instance,
    log,
    spoolDir: join(data, 'spool', name),
    httpPort: () => assignment.httpPort,
    bus,
    peers: {
      count: assignment.workers,
      number: assignment.number,
      cancelElsewhere: (number, key) => post.tell({ kind: 'cancel', number, key }),
      onCancel: (listener) => void cancels.push(listener),
    },
  });
  const postgres = await protocols.postgres();
  const listening = await postgres.listen(clients.parts, assignment.listen);
  const upToDate = new UpToDate({
    read: refresh,
    stale: () => inForce.close(unread),
    fresh: () => inForce.reopen(),
    lost: () => process.exit(1),
    report: (message, cause) => log.warn({ err: cause }, message),
    nowMs: () => performance.now(),
  });
  let reloading = Promise.resolve();
  const sweeper = setInterval(() => {
    live.sweep(clock.now());
    endUnadmitted(live, inForce.policy, grants.takeOver());
    if (upToDate.isBehind) void upToDate.read();
  }, sweepMs);
  const refresher = setInterval(() => {
    announcer.count();
    holds.lookAgain();
    void upToDate.read();
  }, refreshMs);
  post.hear(hear);
  void upToDate.read();
  post.tell({ kind: 'ready' });

  function hear(message: Later): void {
    switch (message.kind) {
      case 'config':
        reloading = reloading.then(() => reload(message.text));
        return undefined;
      case 'news':
        return message.news.kind === 'hold' ? bus.deliver(message.news) : void upToDate.read();
      case 'end':
        return live.get(message.session)?.end(fromSent(message.error));
      case 'cancel':
        return cancels.forEach((cancel) => cancel(message.key));
      case 'stop':
        return void stop();
    }
  }

  async function refresh(): Promise<void> {
    await clients.refresh();
    await followGrants(store.requests, grants, () => clock.now());
    live.revoke((identity) => clients.revocations.has(identity));
    live.endIf(({ identity }) => clients.tickets.hasEnded(identity), ticketEnded);
    endUnadmitted(live, inForce.policy, grants.takeOver());
  }

  /** The first process has taken it; who does not must not go on by the old one. */
  async function reload(text: string): Promise<void> {
    const changed = await configOf(text, file);
    inForce.replace(changed);
    clients.reload(changed);
    retarget(live, changed);
  }

  async function stop(): Promise<void> {
    clearInterval(sweeper);
    clearInterval(refresher);
    await clients.keepBudgets();
    live.endAll(new SallyportError('shutting_down', 'Sallyport is shutting down'));
    await listening.close();
    await clients.leases.close();
    await upToDate.read();
    await journal.close();
    await store.close();
    lock.release();
    process.disconnect?.();
  }
}

/** @throws ConfigRefused, though the first process has taken it */
async function configOf(text: string, file: string): Promise<Config> {
  const config = parseConfig(text, file, { readTypes: await typesReader(text) });
  if (Array.isArray(config)) throw new ConfigRefused(config, digestOf(text));
  return config;
}
