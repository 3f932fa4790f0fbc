import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pino } from 'pino';

import { Metrics } from './api/metrics.ts';
import { baseUrl, type Ports } from './compose/addresses.ts';
import { openClients } from './compose/clients.ts';
import { clock } from './compose/clock.ts';
import { counted, fileMsMax, sensitiveOf } from './compose/record.ts';
import { endUnadmitted, retarget } from './compose/sessions.ts';
import { openJoiner, Workers } from './compose/workers.ts';
import type { Config } from './config/config.ts';
import type { ConfigRefused } from './config/error.ts';
import { InForce } from './config/in-force.ts';
import { loadConfig } from './config/load.ts';
import { secretResolver } from './config/secrets.ts';
import { watchConfig } from './config/watch.ts';
import type { Approvals } from './core/approvals.ts';
import { SallyportError } from './core/errors.ts';
import { LiveSessions } from './core/live-sessions.ts';
import { Reaper } from './credentials/reaper.ts';
import { lockFile } from './files/lock.ts';
import { openChannel } from './holds/notify/open.ts';
import { Outbox } from './holds/notify/outbox.ts';
import { LiveGrants } from './holds/live-grants.ts';
import { StoredHolds } from './holds/stored-holds.ts';
import { StoredRequests } from './holds/stored-requests.ts';
import { Sightings } from './identity/sightings.ts';
import { Activity } from './journal/activity.ts';
import { openJournal } from './journal/append.ts';
import { journalKey } from './journal/key.ts';
import { JournalVerification } from './journal/verification.ts';
import { readBatches } from './journal/read.ts';
import { dropOld } from './journal/retention.ts';
import { Search } from './journal/search/search.ts';
import { protocols } from './protocols/registry.ts';
import { Sinks } from './sinks/sinks.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { LocalBus } from './workers/bus.ts';

const version = '0.1.0';
/** How often idle and session limits, deadlines and expiries are looked at. */
const sweepMs = 200;
/** How often old files of the journal are looked for. */
const dropMs = 3_600_000;
/** Sinks and the search index have said by then how far they are. */
const firstDropMs = 60_000;

export interface Gateway {
  /** By key of `listen`. */
  readonly ports: Ports;
  readonly live: LiveSessions;
  readonly approvals: Approvals;
  /** Processes that take clients beside this one, as the system knows them. */
  workerIds(): readonly number[];
  /** Takes no more, ends sessions and their leases, closes the journal. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Where the console was built to; absent: where `npm run build` puts it. */
  readonly consoleDir?: string;
  /** How many processes of their own take PostgreSQL's clients; absent: this one does. */
  readonly workers?: number;
}

/** Everything that one process of the gateway is made of, started. */
export async function startGateway(file: string, options: GatewayOptions = {}): Promise<Gateway> {
  let workers: Workers | undefined;
  const bus = options.workers === undefined ? undefined : new LocalBus((news) => workers?.pool.publish(news));
  const grants = new LiveGrants(clock, () => bus?.publish({ kind: 'grants' }));
  const inForce = new InForce(await loadConfig(file), clock, grants);
  const { data, listen, journal: recording } = inForce.config;
  const log = pino({ level: process.env['SALLYPORT_LOG'] ?? 'warn', base: null }, pino.destination(2));
  const warn = (message: string, cause: unknown): void => log.warn({ err: cause }, message);
  await mkdir(data, { recursive: true, mode: 0o700 });

  const journalDir = join(data, 'journal');
  // First: a second gateway on the same folder must not get as far as the journal.
  const lock = lockFile(join(data, 'lock'));
  const store = await openSqliteStore(join(data, 'sallyport.db'));
  const ports: { -readonly [Key in keyof Ports]: Ports[Key] } = {};
  const live = new LiveSessions();
  const metrics = new Metrics(() => live.size);
  const signingKey = await journalKey(data);
  const fileJournal = await openJournal({
    dir: journalDir,
    durability: recording.durability,
    clock,
    signingKey,
    fileMsMax: () => fileMsMax(inForce.config.journal.keepMs),
    onError: (error) => {
      metrics.journalFailed();
      log.error({ err: error }, 'the journal cannot be written');
    },
  });
  const sightings = new Sightings({ records: store.seen, clock, report: warn });
  const activity = new Activity({ records: store.activity, clock, report: warn });
  const counters = [metrics, sightings, activity];
  const journal = counted(fileJournal, counters);
  const joiner = await openJoiner({
    dir: journalDir,
    journal: fileJournal,
    signingKey,
    observe: (event) => counters.forEach((counter) => counter.observe(event)),
    report: warn,
    onFault: (worker) => workers?.pool.kill(worker),
  });
  journal.append({
    type: 'gateway.started',
    version,
    config: inForce.config.digest,
    sensitive: sensitiveOf(inForce.config),
  });
  await journal.commit();

  const instance = randomUUID();
  const notices = new Outbox({
    records: store.notices,
    journal,
    clock,
    open: (spec) =>
      openChannel(spec, {
        now: () => clock.now(),
        resolveSecret: secretResolver(dirname(inForce.config.file)),
      }),
    report: warn,
  });
  notices.use(inForce.config.notify);
  const sinks = new Sinks({
    source: {
      async *follow(sinceSeq, signal) {
        const found = readBatches(journalDir, { sinceSeq, follow: true, signal });
        for await (const batch of found) yield batch.map(({ event }) => event);
      },
      newestSeq: () => fileJournal.newestSeq,
    },
    cursors: store.cursors,
    journal,
    version,
    resolveSecret: secretResolver(dirname(inForce.config.file)),
    report: warn,
  });
  sinks.use(inForce.config.sinks);
  const verification = new JournalVerification({ dir: journalDir, signingKey, clock });
  const search = new Search({ dir: journalDir, file: join(data, 'search.db'), report: warn });
  const holds = new StoredHolds({
    notices,
    records: store.holds,
    instances: store.instances,
    journal,
    clock,
    instance,
    url: (id) => `${baseUrl(inForce.config, ports.http)}/approvals/${id}`,
    ...(bus === undefined ? {} : { bus }),
  });
  await holds.withdrawAllWaiting();
  const clients = await openClients({
    inForce,
    grants,
    store,
    journal,
    live,
    holds,
    instance,
    log,
    spoolDir: join(data, 'spool'),
    httpPort: () => ports.http,
    ...(bus === undefined ? {} : { bus }),
  });
  const { parts, leases } = clients;
  const reaper = new Reaper({
    roles: leases.roles,
    records: store.leases,
    instances: store.instances,
    clock,
    instance,
    targets: () => [...inForce.config.targets.values()].filter((it) => it.protocol === 'postgres'),
    report: warn,
  });
  const requests = new StoredRequests({
    records: store.requests,
    grants,
    journal,
    clock,
    policy: () => inForce.policy,
    rules: () => inForce.config.rules,
    url: (id) => `${baseUrl(inForce.config, ports.http)}/approvals/${id}`,
    notices,
    warn: (facts, message) => log.warn(facts, message),
  });
  await requests.resume();
  await store.sessions.closeAbandoned([instance], { atMs: clock.now(), reason: 'gateway_restart' });
  await reaper.start();

  let ready = false;
  const closers: (() => Promise<void>)[] = [];
  for (const key of ['postgres', 'targets', 'proxy'] as const) {
    if (listen[key] === undefined || (key === 'postgres' && bus !== undefined)) continue;
    const protocol = await protocols[key]();
    const listening = await protocol.listen(parts, { host: listen.host, port: listen[key] });
    ports[key] = listening.port;
    closers.push(() => listening.close());
  }
  if (listen.http !== undefined) {
    // A third of the program, which nobody who connects to a database has to wait for.
    const { listenForApi } = await import('./compose/api.ts');
    const listening = await listenForApi({
      version,
      port: listen.http,
      ports,
      inForce,
      clients,
      grants,
      store,
      live,
      journal,
      fileJournal,
      holds,
      requests,
      metrics,
      activity,
      search,
      verification,
      log,
      consoleDir: options.consoleDir,
      ready: () => ready,
    });
    ports.http = listening.port;
    closers.push(() => listening.close());
  }
  if (options.workers !== undefined && listen.postgres !== undefined) {
    joiner.start();
    const { workers: count } = options;
    const { http: httpPort } = ports;
    const starting = Workers.start({
      count,
      inForce,
      port: listen.postgres,
      httpPort,
      joiner,
      journal,
      store,
      holds,
      live,
      reaper,
      notices,
      report: warn,
    });
    // What listens already would keep a process alive that has failed.
    workers = await starting.catch(async (error: unknown) => {
      for (const close of closers) await close();
      throw error;
    });
    ports.postgres = workers.port;
  }
  ready = true;
  search.start();
  sightings.start();
  activity.start();

  let dropping = Promise.resolve(0);
  const dropper = setInterval(() => void (dropping = dropOldFiles()), dropMs);
  const firstDrop = setTimeout(() => void (dropping = dropOldFiles()), firstDropMs).unref();
  const sweeper = setInterval(() => {
    live.sweep(clock.now());
    endUnadmitted(live, inForce.policy, requests.sweep());
  }, sweepMs);
  const watch = watchConfig(
    inForce.config.file,
    (change) => (change.kind === 'loaded' ? reload(change.config) : refuseReload(change.refusal)),
    { digest: inForce.config.digest },
  );

  async function dropOldFiles(): Promise<number> {
    const { journal: keeping, digest: config } = inForce.config;
    if (keeping.keepMs === undefined) return 0;
    const { keepMs } = keeping;
    const takenSeq = Math.min(sinks.takenSeq, search.indexedTo);
    const to = { dir: journalDir, journal: fileJournal, signingKey };
    const old = { ...to, nowMs: clock.now(), keepMs, config, takenSeq };
    const dropped = joiner.restate().then(() => dropOld(old));
    return dropped.catch((error: unknown) => {
      warn('old files of the journal could not be dropped', error);
      return 0;
    });
  }

  /** A good new file is in force from the next command on. */
  function reload(changed: Config): void {
    inForce.replace(changed);
    requests.rulesChanged();
    clients.reload(changed);
    notices.use(changed.notify);
    sinks.use(changed.sinks);
    retarget(live, changed);
    workers?.pool.configure(changed.text);
    journal.note({ type: 'config.loaded', digest: changed.digest, sensitive: sensitiveOf(changed) });
  }

  function refuseReload({ errors, digest }: ConfigRefused): void {
    log.error({ errors }, 'the changed configuration is refused; the old one stays in force');
    const lines = errors.map(({ line, column, message }) => `${line}:${column}: ${message}`);
    journal.note({ type: 'config.refused', digest, errors: lines });
  }

  return {
    ports,
    live,
    approvals: holds,
    workerIds: () => workers?.pool.processIds ?? [],
    async close() {
      ready = false;
      watch.close();
      clearInterval(sweeper);
      clearInterval(dropper);
      clearTimeout(firstDrop);
      requests.sweep();
      await requests.idle();
      await clients.keepBudgets();
      live.endAll(new SallyportError('shutting_down', 'Sallyport is shutting down'));
      await workers?.close();
      for (const close of closers) await close();
      await reaper.stop();
      await leases.close();
      await notices.close();
      journal.note({ type: 'gateway.stopped' });
      await dropping;
      await sinks.close();
      await search.close();
      await joiner.close();
      await verification.close();
      await fileJournal.close();
      await sightings.close();
      await activity.close();
      await store.close();
      lock.release();
    },
  };
}
