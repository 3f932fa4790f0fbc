import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startPostgres } from '../test/fixtures/postgres-server.ts';
import { startGateway } from './gateway.ts';
import { freePort, startProgram } from './programs.ts';
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
  /** Another gateway with so many workers, as long as `use` needs it. */
  withWorkers<T>(count: number, use: (gateway: Place & { readonly pid: number }) => Promise<T>): Promise<T>;
  /** Ends the gateway and starts it again on its data. Milliseconds until it listens. */
  restart(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws Error where pgbench or PgBouncer is not installed */
export async function setStage(profileDir?: string): Promise<Stage> {
  const undo = new AsyncDisposableStack();
  try {
    return await set(undo, profileDir);
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

async function set(undo: AsyncDisposableStack, profileDir: string | undefined): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  undo.defer(() => rmSync(dir, { recursive: true, force: true }));
  // PgBouncer gives up root's rights before it reads its files.
  chmodSync(dir, 0o755);
  const postgres = await startPostgres({ max_connections: '800', shared_buffers: '512MB' });
  undo.defer(() => postgres.stop());
  const { user, password } = postgres;
  const direct: Place = { port: postgres.port, user, password, database: 'postgres' };
  await fill(direct);

  const bouncerPort = await freePort();
  const asPostgres = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const bouncerFile = bouncerConfig(dir, direct, bouncerPort);
  const bouncer = await startProgram('pgbouncer', [...asPostgres, bouncerFile], bouncerPort);
  undo.defer(() => bouncer.end());

  const env = { BENCH_ADMIN_URL: postgres.url(), BENCH_PASSWORD: password };
  const gateway = await startGateway(dir, gatewayConfig(direct), env, profileDir);
  undo.defer(() => gateway.end());
  return {
    direct,
    bouncer: { ...direct, port: bouncerPort, pid: bouncer.pid },
    gateway: {
      ...gateway.target('shop'),
      get pid() {
        return gateway.pid;
      },
    },
    minting: gateway.target('minted'),
    async withWorkers(count, use) {
      const folder = join(dir, 'workers');
      mkdirSync(folder, { recursive: true });
      const serve = ['--workers', String(count)];
      const other = await startGateway(folder, gatewayConfig(direct), env, undefined, undefined, serve);
      try {
        return await use({ ...other.target('shop'), pid: other.pid });
      } finally {
        await other.end();
      }
    },
    restart: () => gateway.restart(),
    stop: () => undo.disposeAsync(),
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

function gatewayConfig({ port, user }: Place): string {
  const postgres = `postgres: { host: 127.0.0.1, port: ${port}, database: postgres, tls: disable }`;
  return `
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
