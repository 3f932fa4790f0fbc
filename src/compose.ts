import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';

import { Metrics } from './api/metrics.ts';
import type { ApiParts } from './api/parts.ts';
import { createApi } from './api/server.ts';
import type { Config } from './config/config.ts';
import type { ConfigRefused } from './config/error.ts';
import { InForce } from './config/in-force.ts';
import { loadConfig } from './config/load.ts';
import { secretResolver } from './config/secrets.ts';
import { watchConfig } from './config/watch.ts';
import type { Approvals } from './core/approvals.ts';
import { SallyportError } from './core/errors.ts';
import type { RecordedMasks } from './core/event.ts';
import { Governor } from './core/govern.ts';
import { chain, LiveSessions } from './core/live-sessions.ts';
import { passesThrough } from './core/passthrough.ts';
import type { Clock, Journal } from './core/ports.ts';
import { grantKey } from './core/requests.ts';
import { eventIdentity } from './core/session.ts';
import { gatewayTarget } from './core/target.ts';
import type { UpstreamTarget } from './core/target.ts';
import { Leases } from './credentials/leases.ts';
import { RequestSecrets } from './credentials/request.ts';
import { Reaper } from './credentials/reaper.ts';
import { privateFile } from './files/kept-file.ts';
import { lockFile } from './files/lock.ts';
import { ChatCallbacks } from './holds/notify/callbacks.ts';
import { openChannel } from './holds/notify/open.ts';
import { Outbox } from './holds/notify/outbox.ts';
import { BudgetKeeper } from './holds/budget-keeper.ts';
import { LiveGrants } from './holds/live-grants.ts';
import type { Grant } from './holds/live-grants.ts';
import { StoredHolds } from './holds/stored-holds.ts';
import { StoredRequests } from './holds/stored-requests.ts';
import { Exchange } from './identity/exchange.ts';
import { openLocalIssuer } from './identity/local.ts';
import { Revocations } from './identity/revocations.ts';
import { openSignIn } from './identity/sign-in/open.ts';
import { Sightings } from './identity/sightings.ts';
import { Tickets } from './identity/tickets.ts';
import { Identities } from './identity/verifier.ts';
import { openJournal } from './journal/append.ts';
import type { FileJournal } from './journal/append.ts';
import { readHead } from './journal/head.ts';
import { journalKey } from './journal/key.ts';
import { oldestSeq, readBatches, readEvents } from './journal/read.ts';
import { dropOld } from './journal/retention.ts';
import { Search } from './journal/search/search.ts';
import { createMasking } from './masking/plan.ts';
import { BudgetBook } from './policy/budgets.ts';
import { explain } from './policy/explain.ts';
import { Analyst } from './protocols/postgres/analyst.ts';
import { commandOfText } from './protocols/http/command.ts';
import { commandWithoutCatalog } from './protocols/postgres/interpret.ts';
import type { ProtocolParts, SessionBook } from './protocols/protocol.ts';
import { protocols } from './protocols/registry.ts';
import { SimulationThread } from './simulate.ts';
import { Sinks } from './sinks/sinks.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { serverTls } from './transport/certificates.ts';
import { listenHttp } from './transport/http-listener.ts';
import { Leaves } from './transport/leaves.ts';
import { Spools } from './transport/spool.ts';

const version = '0.1.0';
/** How often idle and session limits, deadlines and expiries are looked at. */
const sweepMs = 200;
/** How often old files of the journal are looked for. */
const dropMs = 3_600_000;
/** Sinks and the search index have said by then how far they are. */
const firstDropMs = 60_000;
/** How long requests of the API may take to end when the gateway stops. */
const graceMs = 1_000;

export const clock: Clock = { now: () => Date.now() };

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
  /** Takes no more, ends sessions and their leases, closes the journal. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Where the console was built to; absent: where `npm run build` puts it. */
  readonly consoleDir?: string;
}

const builtConsoleDir = fileURLToPath(new URL('../dist/console', import.meta.url));

/** Everything that one process of the gateway is made of, started. */
export async function startGateway(file: string, options: GatewayOptions = {}): Promise<Gateway> {
  const grants = new LiveGrants(clock);
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
  const journal = counted(fileJournal, [metrics, sightings]);
  journal.append({
    type: 'gateway.started',
    version,
    config: inForce.config.digest,
    sensitive: sensitiveOf(inForce.config),
  });
  await journal.commit();

  const instance = randomUUID();
  const local = await openLocalIssuer({ dataDir: data, clock });
  const trusted = ({ identity }: Config) => ({
    issuers: identity.issuers,
    ...(identity.local ? { local } : {}),
    ...(identity.login === undefined ? {} : { signIn: identity.login.issuer }),
  });
  const tickets = await Tickets.open({ records: store.tickets, dataDir: data, clock });
  const verifier = new Identities({
    ...trusted(inForce.config),
    tickets,
    clock,
    onKeysFailed: (issuer, error) => warn(`keys of ${issuer} could not be fetched`, error),
  });
  const revocations = await Revocations.open(store.revocations);
  const leases = new Leases({
    records: store.leases,
    resolveSecret: secretResolver(dirname(inForce.config.file)),
    journal,
    clock,
    installation: store.installation,
    instance,
    report: warn,
  });
  const reaper = new Reaper({
    roles: leases.roles,
    records: store.leases,
    instances: store.instances,
    clock,
    instance,
    targets: () => [...inForce.config.targets.values()].filter((it) => it.protocol === 'postgres'),
    report: warn,
  });
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
  const search = new Search({ dir: journalDir, file: join(data, 'search.db'), report: warn });
  const budgets = new BudgetBook({ grants, now: () => clock.now() });
  budgets.use(inForce.config);
  const budgetKeeper = new BudgetKeeper({ book: budgets, records: store.budgets, clock, report: warn });
  await budgetKeeper.start();
  const holds = new StoredHolds({
    notices,
    records: store.holds,
    instances: store.instances,
    journal,
    clock,
    instance,
    url: (id) => `${baseUrl(inForce.config, ports.http)}/approvals/${id}`,
  });
  await holds.withdrawAllWaiting();
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

  const masking = createMasking();
  const tls = await serverTls({
    dataDir: data,
    host: listen.host,
    ...(listen.tls && { configured: { cert: listen.tls.certFile, key: listen.tls.keyFile } }),
  });
  const parts: ProtocolParts = {
    clock,
    log,
    journal,
    live,
    verifier,
    masking,
    tls,
    lessor: leases,
    requestCredentials: new RequestSecrets(secretResolver(dirname(inForce.config.file)), clock),
    governor: new Governor({ policy: () => inForce.policy, masking, holds, journal, budgets }),
    book: sessionBook(store, instance),
    policy: () => inForce.policy,
    targets: () => inForce.config.targets,
    revoked: (identity) => revocations.has(identity) || tickets.hasEnded(identity),
    discoveryUrl: () => discoveryUrl(inForce.config, ports.http),
    maskKey: await maskKey(data),
    sent: store.sent,
    spools: new Spools({ dir: join(data, 'spool') }),
    leaves: () => Leaves.open(data, () => clock.now()),
    passthrough: () => inForce.config.passthrough,
    record: recording.record,
  };
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
    exchange: (request) => exchange.issue(request),
    baseUrl: () => baseUrl(inForce.config, ports.http),
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
      reindex: () => search.reindex(),
      oldestSeq: () => oldestSeq(journalDir),
      newestSeq: () => fileJournal.newestSeq,
      read: (of) => readEvents(journalDir, of),
    },
    explain: async ({ identity, target, text }) => {
      const command =
        target.protocol === 'http'
          ? commandOfText(text)
          : commandWithoutCatalog(await (analyst ??= new Analyst()).analyse(text));
      return explain(inForce.config.rules, { identity, target, command, nowMs: clock.now(), grants });
    },
    simulate: (question, signal) =>
      simulations.run({ ...question, dir: journalDir, file: inForce.config.file }, signal),
    checkpoint: () => checkpointIn(join(data, 'journal')),
    ready: () => ready,
    onError: (error) => log.error({ err: error }, 'the API'),
  });

  const closers: (() => Promise<void>)[] = [];
  for (const key of ['postgres', 'targets', 'proxy'] as const) {
    if (listen[key] === undefined) continue;
    const protocol = await protocols[key]();
    const listening = await protocol.listen(parts, { host: listen.host, port: listen[key] });
    ports[key] = listening.port;
    closers.push(() => listening.close());
  }
  if (listen.http !== undefined) {
    const { handler: handle } = api;
    // Answers may last, but nobody has to send for longer: some bodies are read before it is known whose they are.
    const limits = { requestMs: 60_000 };
    const listening = await listenHttp({ host: listen.host, port: listen.http, tls, handle, limits });
    ports.http = listening.port;
    closers.push(() => listening.close(graceMs));
  }
  ready = true;
  search.start();
  sightings.start();

  let dropping = Promise.resolve(0);
  const dropper = setInterval(() => void (dropping = dropOldFiles()), dropMs);
  const firstDrop = setTimeout(() => void (dropping = dropOldFiles()), firstDropMs).unref();
  const sweeper = setInterval(() => {
    live.sweep(clock.now());
    endUnadmitted(requests.sweep());
  }, sweepMs);
  const watch = watchConfig(
    inForce.config.file,
    (change) => (change.kind === 'loaded' ? reload(change.config) : refuseReload(change.refusal)),
    { digest: inForce.config.digest },
  );

  /** Sessions that nothing lets in any more, now that these grants are over. */
  function endUnadmitted(over: readonly Grant[]): void {
    for (const { key, target } of over) {
      live.endIf(
        (session) =>
          session.target.name === target &&
          chain(session.identity).some((one) => grantKey(one) === key) &&
          !inForce.policy.admits(session.identity, session.target),
        grantOver,
      );
    }
  }

  async function dropOldFiles(): Promise<number> {
    const { journal: keeping, digest: config } = inForce.config;
    if (keeping.keepMs === undefined) return 0;
    const { keepMs } = keeping;
    const dir = join(data, 'journal');
    const takenSeq = Math.min(sinks.takenSeq, search.indexedTo);
    const old = { dir, journal: fileJournal, signingKey, nowMs: clock.now(), keepMs, config, takenSeq };
    return dropOld(old).catch((error: unknown) => {
      warn('old files of the journal could not be dropped', error);
      return 0;
    });
  }

  /** A good new file is in force from the next command on. */
  function reload(changed: Config): void {
    inForce.replace(changed);
    requests.rulesChanged();
    budgets.use(changed);
    verifier.update(trusted(changed));
    notices.use(changed.notify);
    sinks.use(changed.sinks);
    for (const session of live.list()) {
      if (passesThrough(changed.passthrough, session.target.name)) continue;
      const target = changed.targets.get(session.target.name);
      if (target !== undefined && sameUpstream(target, session.target)) session.target = target;
      else session.end(new SallyportError('revoked', 'Sallyport: this target was changed or removed'));
    }
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
    async close() {
      ready = false;
      watch.close();
      clearInterval(sweeper);
      clearInterval(dropper);
      clearTimeout(firstDrop);
      requests.sweep();
      await requests.idle();
      await budgetKeeper.close();
      live.endAll(new SallyportError('shutting_down', 'Sallyport is shutting down'));
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
      await fileJournal.close();
      await sightings.close();
      await store.close();
      lock.release();
    },
  };
}

/** What must not leave in clear, for the record: who reads it later knows by what was masked then. */
function sensitiveOf({ targets }: Config): RecordedMasks {
  return Object.fromEntries(
    [...targets.values()].map(({ name, sensitive }) => [name, Object.fromEntries(sensitive)]),
  );
}

function grantOver(): SallyportError {
  return new SallyportError('revoked', 'Sallyport: the grant that let you in is over', {
    hint: 'Ask again: sallyport requests says what for.',
  });
}

/** A file is dropped as a whole, so one must not hold much more time than is kept. */
function fileMsMax(keepMs: number | undefined): number | undefined {
  return keepMs === undefined ? undefined : Math.min(24 * 3_600_000, Math.ceil(keepMs / 4));
}

/** Every event is counted on its way to the record. */
function counted(journal: FileJournal, counters: readonly Pick<Metrics, 'observe'>[]): Journal {
  return {
    get losses() {
      return journal.losses;
    },
    append(event) {
      for (const counter of counters) counter.observe(event);
      journal.append(event);
    },
    note(event) {
      for (const counter of counters) counter.observe(event);
      journal.note(event);
    },
    commit: () => journal.commit(),
  };
}

function sessionBook({ sessions }: Store, instance: string): SessionBook {
  return {
    opened: (session, protocol, application) =>
      sessions.add({
        id: session.id,
        protocol,
        target: session.target.name,
        client: session.client,
        application: application ?? null,
        identity: eventIdentity(session.identity),
        instance,
        openedAtMs: session.openedAtMs,
        closedAtMs: null,
        reason: null,
        commands: 0,
        rows: 0,
      }),
    closed: ({ id, commands, rows }, reason) =>
      sessions.close(id, { atMs: clock.now(), reason, commands, rows }),
  };
}

async function checkpointIn(dir: string): ReturnType<ApiParts['checkpoint']> {
  const head = await readHead(dir);
  if (head === undefined || head === 'damaged') return undefined;
  return head;
}

/** The secret that hashes and tokens are made with; replicas that share it give the same ones. */
async function maskKey(dataDir: string): Promise<Buffer> {
  const text = await privateFile(join(dataDir, 'mask-key'), () => randomBytes(32).toString('base64'));
  return Buffer.from(text, 'base64');
}

/**
 * The gateway's own where people sign in, as its device flow ends with a ticket; else that of the issuer that clients
 * most likely have a token of, the first for people or the first of all.
 */
function discoveryUrl(config: Config, httpPort: number | undefined): string | undefined {
  const { issuers, login } = config.identity;
  if (login !== undefined && httpPort !== undefined) {
    return `${baseUrl(config, httpPort)}/.well-known/oauth-authorization-server`;
  }
  const { issuer } = issuers.find(({ kind }) => kind === 'human') ?? issuers[0] ?? {};
  return issuer && `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** Where clients and people reach the API; `port` is the real one where the configuration leaves it open. */
export function baseUrl({ listen }: Config, port = listen.http ?? 8443): string {
  if (listen.url !== undefined) return listen.url;
  const host = ['0.0.0.0', '::'].includes(listen.host) ? 'localhost' : listen.host;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Sessions go on over a reload only where it leaves their upstream and credential as they were. */
function sameUpstream(a: UpstreamTarget, b: UpstreamTarget): boolean {
  const upstream = ({ protocol, address, credential }: UpstreamTarget): string =>
    JSON.stringify([protocol, address, credential]);
  return upstream(a) === upstream(b);
}
