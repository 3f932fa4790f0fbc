import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { openLocalIssuer } from '../src/identity/local.ts';
import { startPostgres } from '../test/fixtures/postgres-server.ts';
import type { Place } from './raw-client.ts';

const run = promisify(execFile);
/** 500,000 accounts: all in PostgreSQL's buffers, so that no disk is measured. */
const scale = 5;
const million = 1_000_000;

/** Everything that is measured, running. */
export interface Stage {
  readonly direct: Place;
  readonly bouncer: Place & { readonly pid: number };
  /** The same database behind the gateway, with one user for all sessions. */
  readonly gateway: Place & { readonly pid: number };
  /** The same with a role for each session. */
  readonly minting: Place;
  /** Ends the gateway and starts it again on its data. Milliseconds until it listens. */
  restart(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws Error where pgbench or PgBouncer is not installed */
export async function setStage(profileDir?: string): Promise<Stage> {
  const undo: (() => void | Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  try {
    return await set(undo, stop, profileDir);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function set(
  undo: (() => void | Promise<void>)[],
  stop: () => Promise<void>,
  profileDir: string | undefined,
): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  // PgBouncer gives up root's rights before it reads its files.
  chmodSync(dir, 0o755);
  const postgres = await startPostgres({ max_connections: '800', shared_buffers: '512MB' });
  undo.push(() => postgres.stop());
  const { user, password } = postgres;
  const direct: Place = { port: postgres.port, user, password, database: 'postgres' };
  await fill(direct);

  const bouncerPort = await freePort();
  const bouncer = await start(
    'pgbouncer',
    [...(process.getuid?.() === 0 ? ['-u', 'postgres'] : []), bouncerConfig(dir, direct, bouncerPort)],
    bouncerPort,
  );
  undo.push(() => end(bouncer.process));

  const port = await freePort();
  const file = join(dir, 'sallyport.yaml');
  writeFileSync(file, gatewayConfig(direct, port));
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const sallyport = join(import.meta.dirname, '../bin/sallyport.js');
  const env = { BENCH_ADMIN_URL: postgres.url(), BENCH_PASSWORD: password };
  const launch = (): ReturnType<typeof start> =>
    start(process.execPath, [...profiling, sallyport, 'serve', '--config', file], port, env);
  let gateway = await launch();
  undo.push(() => end(gateway.process));
  const issuer = await openLocalIssuer({ dataDir: join(dir, 'data'), clock: { now: () => Date.now() } });
  const token = await issuer.issue({
    subject: 'agent-7',
    kind: 'agent',
    groups: ['crews'],
    ttlMs: 3_600_000,
  });
  const through = { port, user: 'agent-7', password: token };
  return {
    direct,
    bouncer: { ...direct, port: bouncerPort, pid: bouncer.pid },
    gateway: {
      ...through,
      database: 'shop',
      get pid() {
        return gateway.pid;
      },
    },
    minting: { ...through, database: 'minted' },
    async restart() {
      await end(gateway.process);
      gateway = await launch();
      return gateway.listeningMs;
    },
    stop,
  };
}

/** pgbench's tables, a million people, and a role that minted ones are members of. */
async function fill({ port, user, password, database }: Place): Promise<void> {
  const env = { ...process.env, PGPASSWORD: password };
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', user];
  await run('pgbench', [...at, '-i', '-q', '-s', String(scale), database], { env });
  const sql = `
    CREATE TABLE people AS SELECT i AS id, 'Person ' || i AS name, 'person.' || i || '@mail.example.com' AS email,
      'City ' || i % 1000 AS city, now() AS since FROM generate_series(1, ${million}) i;
    CREATE ROLE bench_member;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO bench_member;
    VACUUM ANALYZE;`;
  for (const statement of sql.split(';').filter((part) => part.trim() !== '')) {
    await run('psql', [...at, '-Xq', '-v', 'ON_ERROR_STOP=1', '-c', statement, database], { env });
  }
}

function gatewayConfig({ port, user }: Place, listenPort: number): string {
  const postgres = `postgres: { host: 127.0.0.1, port: ${port}, database: postgres, tls: disable }`;
  return `
listen: { host: 127.0.0.1, postgres: ${listenPort} }
data: ./data
identity: { local: true }
targets:
  shop:
    ${postgres}
    credential: { static: { user: ${user}, password: "\${env:BENCH_PASSWORD}" } }
  minted:
    ${postgres}
    credential: { mint: { admin: "\${env:BENCH_ADMIN_URL}", member_of: [bench_member] } }
sensitive:
  shop: { public.pgbench_accounts.abalance: redact, public.people.email: email }
  minted: { public.pgbench_accounts.abalance: redact, public.people.email: email }
rules:
  - { name: no schema changes by agents, who: { kind: agent }, targets: ["*"], deny: [schema, access, execute] }
  - { name: crews read, who: { groups: [crews] }, targets: [shop, minted], allow: [read], resources: ["public.*"] }
  - { name: crews write with a nod, who: { groups: [crews] }, targets: [shop], hold: [write], approvers: { groups: [dba] } }
`;
}

function bouncerConfig(dir: string, { port, user, password }: Place, listenPort: number): string {
  const users = join(dir, 'users.txt');
  const file = join(dir, 'pgbouncer.ini');
  writeFileSync(users, `"${user}" "${password}"\n`);
  writeFileSync(
    file,
    `[databases]
postgres = host=127.0.0.1 port=${port} dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = session
unix_socket_dir =
`,
  );
  return file;
}

interface Started {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly listeningMs: number;
}

/** Starts a program and waits until it takes connections. */
async function start(
  command: string,
  args: string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const from = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  // However this process ends, what it has started ends too.
  const leave = (): void => void child.kill();
  process.once('exit', leave);
  child.once('exit', () => process.off('exit', leave));
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)));
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code) => (ended = `it ended with code ${code}`));
  while (!(await takesConnections(port))) {
    if (ended !== undefined) throw new Error(`${command} did not start: ${ended}\n${log}`);
  }
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return { process: child, pid: child.pid, listeningMs: performance.now() - from };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function takesConnections(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true)).once('error', () => setTimeout(resolve, 2, false));
  const taken = await promise;
  socket.destroy();
  return taken;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
