import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';

import { Metrics } from './api/metrics.ts';
import { createApi } from './api/server.ts';
import { baseUrl } from './compose/addresses.ts';
import { openClients } from './compose/clients.ts';
import { clock } from './compose/clock.ts';
import { checkpointIn, counted, fileMsMax, sensitiveOf } from './compose/record.ts';
import { targetAddress } from './compose/target-address.ts';
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
import { gatewayTarget } from './core/target.ts';
import { Reaper } from './credentials/reaper.ts';
import { lockFile } from './files/lock.ts';
import { ChatCallbacks } from './holds/notify/callbacks.ts';
import { openChannel } from './holds/notify/open.ts';
import { Outbox } from './holds/notify/outbox.ts';
import { LiveGrants } from './holds/live-grants.ts';
import { StoredHolds } from './holds/stored-holds.ts';
import { StoredRequests } from './holds/stored-requests.ts';
import { Exchange } from './identity/exchange.ts';
import { openSignIn } from './identity/sign-in/open.ts';
import { Sightings } from './identity/sightings.ts';
import { Activity } from './journal/activity.ts';
import { openJournal } from './journal/append.ts';
import { journalKey } from './journal/key.ts';
import { JournalVerification } from './journal/verification.ts';
import { oldestSeq, readBatches, readEvents } from './journal/read.ts';
import { dropOld } from './journal/retention.ts';
import { Search } from './journal/search/search.ts';
import { matrixView, policyView } from './compose/policy-view.ts';
import { explain } from './policy/explain.ts';
import { Analyst } from './protocols/postgres/analyst.ts';
import { commandOfText } from './protocols/command-of-text.ts';
import { protocols } from './protocols/registry.ts';
import { SimulationThread } from './simulate.ts';
import { Sinks } from './sinks/sinks.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { listenHttp } from './transport/http-listener.ts';
import { LocalBus } from './workers/bus.ts';

const version = '0.1.0';
/** How often idle and session limits, deadlines and expiries are looked at. */
const sweepMs = 200;
/** How often old files of the journal are looked for. */
const dropMs = 3_600_000;
/** Sinks and the search index have said by then how far they are. */
const firstDropMs = 60_000;
/** How long requests of the API may take to end when the gateway stops. */
const graceMs = 1_000;

export interface Gateway {
  /** By key of `listen`. */
  readonly ports: {
    readonly postgres?: number;
    readonly http?: number;
    readonly targets?: number;
    readonly proxy?: number;
  };
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

const builtConsoleDir = fileURLToPath(new URL('../dist/console', import.meta.url));

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

  // First: a second gateway on the same folder must not get as far as the journal.
  const lock = lockFile(join(data, 'lock'));
  const store = await openSqliteStore(join(data, 'sallyport.db'));
  const ports: { postgres?: number; http?: number; targets?: number; proxy?: number } = {};
  const live = new LiveSessions();
  const metrics = new Metrics(() => live.size);
  const signingKey = await journalKey(data);
  const fileJournal = await openJournal({
    dir: join(data, 'journal'),
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
    dir: join(data, 'journal'),
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
        const found = readBatches(join(data, 'journal'), { sinceSeq, follow: true, signal });
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
  const journalDir = join(data, 'journal');
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
  const { parts, verifier, tickets, revocations, budgets, leases } = clients;
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

  const exchange = new Exchange({
    verifier,
    tickets,
    journal,
    clock,
    policy: parts.policy,
    revoked: parts.revoked,
    targets: () => [...inForce.config.targets.values(), gatewayTarget],
  });
  const signIn = await openSignIn({
    dataDir: data,
    clock,
    journal,
    logins: store.logins,
    codes: store.loginCodes,
    assertions: store.assertions,
    tickets,
    revoked: parts.revoked,
    spec: () => inForce.config.identity.login,
    baseUrl: () => baseUrl(inForce.config, ports.http),
    resolveSecret: secretResolver(dirname(inForce.config.file)),
  });
  const simulations = new SimulationThread();
  let ready = false;
  /** The API's own, so that explaining holds up no session; made when first asked for. */
  let analyst: Analyst | undefined;
  const api = createApi({
    version,
    clock,
    journal,
    verifier,
    signIn,
    gatewayTarget,
    live,
    metrics,
    revocations,
    tickets,
    seen: store.seen,
    tools: store.tools,
    activity: store.activity,
    exchange: (request) => exchange.issue(request),
    issueTicket: (to, terms) => exchange.issueTo(to, terms),
    baseUrl: () => baseUrl(inForce.config, ports.http),
    addressOf: (target) => targetAddress(inForce.config, ports, target),
    authority: async () => (listen.tls === undefined ? readFile(join(data, 'ca.pem'), 'utf8') : undefined),
    consoleDir: options.consoleDir ?? builtConsoleDir,
    approvals: holds,
    requests,
    budgets,
    callbacks: new ChatCallbacks({
      channels: () => inForce.config.notify,
      approvals: holds,
      journal,
      clock,
      revoked: parts.revoked,
      resolveSecret: secretResolver(dirname(inForce.config.file)),
      report: warn,
    }),
    sessions: store.sessions,
    policy: parts.policy,
    targets: parts.targets,
    revoked: parts.revoked,
    events: { read: (of) => readEvents(join(data, 'journal'), of) },
    record: {
      search: (query) => search.find(query),
      sessions: (query) => search.sessions(query),
      reindex: () => search.reindex(),
      oldestSeq: () => oldestSeq(journalDir),
      newestSeq: () => fileJournal.newestSeq,
      indexedTo: () => search.indexedTo,
      read: (of) => readEvents(journalDir, of),
    },
    explain: async ({ identity, target, text }) => {
      const command = await commandOfText(target, text, () => (analyst ??= new Analyst()), store.tools);
      return explain(inForce.config.rules, { identity, target, command, nowMs: clock.now(), grants });
    },
    policyView: () => policyView(inForce.config),
    matrixView: (seen) => matrixView(inForce.config, seen),
    simulate: (question, signal) => {
      const { file, beside: mayRead } = inForce.config;
      return simulations.run({ ...question, dir: journalDir, file, mayRead }, signal);
    },
    verification,
    checkpoint: () => checkpointIn(join(data, 'journal')),
    ready: () => ready,
    onError: (error) => log.error({ err: error }, 'the API'),
  });

  const closers: (() => Promise<void>)[] = [];
  for (const key of ['postgres', 'targets', 'proxy'] as const) {
    if (listen[key] === undefined || (key === 'postgres' && bus !== undefined)) continue;
    const protocol = await protocols[key]();
    const listening = await protocol.listen(parts, { host: listen.host, port: listen[key] });
    ports[key] = listening.port;
    closers.push(() => listening.close());
  }
  if (listen.http !== undefined) {
    const { handler: handle } = api;
    // Answers may last, but nobody has to send for longer: some bodies are read before it is known whose they are.
    const limits = { requestMs: 60_000 };
    const listening = await listenHttp({
      host: listen.host,
      port: listen.http,
      tls: parts.tls,
      handle,
      limits,
    });
    ports.http = listening.port;
    closers.push(() => listening.close(graceMs));
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
    const dir = join(data, 'journal');
    const takenSeq = Math.min(sinks.takenSeq, search.indexedTo);
    const old = { dir, journal: fileJournal, signingKey, nowMs: clock.now(), keepMs, config, takenSeq };
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
      await analyst?.close();
      await simulations.close();
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
