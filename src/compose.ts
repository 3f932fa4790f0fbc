import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pino } from 'pino';

import type { Config } from './config/config.ts';
import type { ConfigRefused } from './config/error.ts';
import { loadConfig } from './config/load.ts';
import { secretResolver } from './config/secrets.ts';
import { watchConfig } from './config/watch.ts';
import { SallyportError } from './core/errors.ts';
import { Governor } from './core/govern.ts';
import { LiveSessions } from './core/live-sessions.ts';
import type { Clock, Policy } from './core/ports.ts';
import { eventIdentity } from './core/session.ts';
import type { UpstreamTarget } from './core/target.ts';
import { Leases } from './credentials/leases.ts';
import { Reaper } from './credentials/reaper.ts';
import { StoredHolds } from './holds/stored-holds.ts';
import { openLocalIssuer } from './identity/local.ts';
import { privateFile } from './identity/private-file.ts';
import { Revocations } from './identity/revocations.ts';
import { Identities } from './identity/verifier.ts';
import { openJournal } from './journal/append.ts';
import { journalKey } from './journal/key.ts';
import { createMasking } from './masking/plan.ts';
import { compilePolicy } from './policy/decide.ts';
import type { Listening, SessionBook } from './protocols/protocol.ts';
import { protocols } from './protocols/registry.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { serverTls } from './transport/certificates.ts';

const version = '0.1.0';
const clock: Clock = { now: () => Date.now() };
/** How often idle and session limits, deadlines and expiries are looked at. */
const sweepMs = 200;

export interface Gateway {
  readonly ports: { readonly postgres?: number; readonly http?: number };
  close(): Promise<void>;
}

/** Everything that one process of the gateway is made of, started. */
export async function startGateway(file: string): Promise<Gateway> {
  let config = await loadConfig(file);
  const log = pino({ level: process.env['SALLYPORT_LOG'] ?? 'warn' }, pino.destination(2));
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  const journal = await openJournal({
    dir: join(config.data, 'journal'),
    durability: config.journal.durability,
    clock,
    signingKey: await journalKey(config.data),
    onError: (error) => log.error({ err: error }, 'the journal'),
  });
  journal.append({ type: 'gateway.started', version, config: config.digest });
  await journal.commit();
  const store = await openSqliteStore(join(config.data, 'sallyport.db'));
  const instance = randomUUID();
  const live = new LiveSessions();
  const masking = createMasking();
  let policy: Policy = compile(config, 1);

  const local = await openLocalIssuer({ dataDir: config.data, clock });
  const issuers = (of: Config) => ({
    issuers: of.identity.issuers,
    ...(of.identity.local ? { local } : {}),
  });
  const verifier = new Identities({ ...issuers(config), clock });
  const revocations = await Revocations.open(store.revocations);

  const leases = new Leases({
    records: store.leases,
    resolveSecret: (secret) => secretResolver(dirname(config.file))(secret),
    journal,
    clock,
    installation: store.installation,
    instance,
    report: (message, cause) => log.warn({ err: cause }, message),
  });
  const reaper = new Reaper({
    roles: leases.roles,
    records: store.leases,
    instances: store.instances,
    clock,
    instance,
    targets: () => [...config.targets.values()],
    report: (message, cause) => log.warn({ err: cause }, message),
  });
  const holds = new StoredHolds({
    records: store.holds,
    instances: store.instances,
    journal,
    clock,
    instance,
    url: (id) => `${baseUrl(config)}/approvals/${id}`,
  });
  await holds.withdrawAllWaiting();
  await store.sessions.closeAbandoned([instance], { atMs: clock.now(), reason: 'gateway_restart' });
  reaper.start();

  const governor = new Governor({ policy: () => policy, masking, holds, journal });
  const tls = await serverTls({
    dataDir: config.data,
    host: config.listen.host,
    ...(config.listen.tls === undefined
      ? {}
      : { configured: { cert: config.listen.tls.certFile, key: config.listen.tls.keyFile } }),
  });
  const parts = {
    clock,
    log,
    journal,
    governor,
    live,
    lessor: leases,
    verifier,
    masking,
    tls,
    book: sessionBook(store, instance),
    policy: () => policy,
    targets: () => config.targets,
    revoked: (identity) => revocations.has(identity),
    maskKey: await maskKey(config.data),
    record: config.journal.record,
  } satisfies Parameters<typeof protocols.postgres.listen>[0];

  const listening = new Map<string, Listening>();
  const { host, postgres } = config.listen;
  if (postgres !== undefined) {
    listening.set('postgres', await protocols.postgres.listen(parts, { host, port: postgres }));
  }
  const sweeper = setInterval(() => live.sweep(clock.now()), sweepMs);
  const watch = watchConfig(
    config.file,
    (change) => (change.kind === 'loaded' ? reload(change.config) : refuseReload(change.refusal)),
    { digest: config.digest },
  );

  function compile(of: Config, number: number): Policy {
    return compilePolicy(of.rules, { version: number, now: () => clock.now() });
  }

  /** A good new file is in force from the next command on. */
  function reload(changed: Config): void {
    policy = compile(changed, policy.version + 1);
    verifier.update(issuers(changed));
    config = changed;
    for (const session of live.list()) {
      const target = changed.targets.get(session.target.name);
      if (target !== undefined && sameUpstream(target, session.target)) session.target = target;
      else session.end(new SallyportError('revoked', 'Sallyport: this target was changed or removed'));
    }
    journal.note({ type: 'config.loaded', digest: changed.digest });
  }

  function refuseReload({ errors, digest }: ConfigRefused): void {
    log.error({ errors }, 'the changed configuration is refused; the old one stays in force');
    const lines = errors.map(({ line, column, message }) => `${line}:${column}: ${message}`);
    journal.note({ type: 'config.refused', digest, errors: lines });
  }

  return {
    ports: Object.fromEntries([...listening].map(([name, { port }]) => [name, port])),
    async close() {
      watch.close();
      clearInterval(sweeper);
      live.endAll(new SallyportError('shutting_down', 'Sallyport is shutting down'));
      for (const one of listening.values()) await one.close();
      await reaper.stop();
      await leases.close();
      journal.note({ type: 'gateway.stopped' });
      await journal.close();
      await store.close();
    },
  };
}

function sessionBook(store: Store, instance: string): SessionBook {
  return {
    async opened(session, protocol, application) {
      await store.sessions.add({
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
      });
    },
    async closed({ id, commands, rows }, reason) {
      await store.sessions.close(id, { atMs: clock.now(), reason, commands, rows });
    },
  };
}

/** The secret that hashes and tokens are made with; replicas that share it give the same ones. */
async function maskKey(dataDir: string): Promise<Buffer> {
  const text = await privateFile(join(dataDir, 'mask-key'), () => randomBytes(32).toString('base64'));
  return Buffer.from(text, 'base64');
}

function baseUrl({ listen }: Config): string {
  const host = ['0.0.0.0', '::'].includes(listen.host) ? 'localhost' : listen.host;
  return `https://${host.includes(':') ? `[${host}]` : host}:${listen.http ?? 8443}`;
}

/** Sessions go on over a reload only where it leaves their upstream and credential as they were. */
function sameUpstream(a: UpstreamTarget, b: UpstreamTarget): boolean {
  return (
    JSON.stringify([a.protocol, a.address, a.credential]) ===
    JSON.stringify([b.protocol, b.address, b.credential])
  );
}
