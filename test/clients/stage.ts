import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Client } from 'pg';

import { adminUrl, buildShop, secrets } from '../../demo/shop.ts';
import { createClient } from '../../src/api/client.ts';
import type { Client as ApiClient } from '../../src/api/client.ts';
import type { HoldView } from '../../src/core/approvals.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

export const loader: Who = { subject: 'loader', groups: ['loaders'] };
export const dana: Who = { subject: 'dana', kind: 'human', groups: ['dba'] };

/** The demo's shop behind a gateway, for clients that are programs of their own. */
export interface ClientStage {
  readonly gateway: TestGateway;
  readonly server: PostgresServer;
  /** Straight to the shop's database. */
  readonly owner: Client;
  /** What libpq and most drivers read, for a client that checks the certificate. */
  environment(who?: Who): Promise<NodeJS.ProcessEnv>;
  /** Waits for a held command. */
  held(): Promise<HoldView>;
  /** Waits for a held command, and lets it run: once, or as often as it comes for so long. */
  approveNext(forMs?: number): Promise<void>;
  /** The API, for somebody. */
  api(who: Who): Promise<ApiClient>;
  stop(): Promise<void>;
}

/** `crews` read what is masked and write with a nod; `loaders` write at once. No agent changes the schema. */
function config(port: number): string {
  return `
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
identity: { local: true }
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${port}, database: shop, tls: disable }
    credential: { mint: { admin: "${adminUrl(port)}", member_of: [shop_rw] } }
sensitive:
  orders:
    public.customers.email: email
    public.customers.phone: token
    public.customers.card: last4
detect:
  - { find: [email, payment_card], mask: redact }
rules:
  - { name: crews read, who: { groups: [crews, loaders] }, targets: [orders], allow: [read] }
  - { name: crews write with a nod, who: { groups: [crews] }, targets: [orders], hold: [write], approvers: { groups: [dba], until: 1h } }
  - { name: loaders write, who: { groups: [loaders] }, targets: [orders], allow: [write] }
  - name: readers repair
    who: { groups: [readers] }
    targets: [orders]
    allow: [read, write]
    on_request: { approvers: { groups: [dba] }, for: 1h }
  - { name: no schema changes by agents, who: { kind: agent }, targets: [orders], deny: [schema], because: Use a migration. }
`;
}

export async function setClientStage(): Promise<ClientStage> {
  const server = await startPostgres();
  const owner = await buildShop(server.url);
  const gateway = await startTestGateway(config(server.port));
  const { approvals } = gateway.gateway;
  const held = (): Promise<HoldView> =>
    until('a held command', async () => (await approvals.list({ status: 'pending' }))[0]);
  return {
    gateway,
    server,
    owner,
    environment: async (who = {}) => ({
      ...process.env,
      PGHOST: gateway.host,
      PGPORT: String(gateway.port),
      PGDATABASE: 'orders',
      PGUSER: 'anybody',
      PGPASSWORD: await gateway.token(who),
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: join(gateway.dataDir, 'ca.pem'),
    }),
    held,
    async approveNext(forMs) {
      const { id } = await held();
      const until = forMs === undefined ? {} : { untilMs: Date.now() + forMs };
      await approvals.decide({ approvalId: id, by: await identity(dana), decision: 'approve', ...until });
    },
    async api(who) {
      const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
      return createClient({ url, token: await gateway.token(who), fetch });
    },
    async stop() {
      await owner.end();
      await gateway.stop();
      await server.stop();
    },
  };
}

async function identity({ subject = '', kind = 'human', groups = [] }: Who) {
  return { subject, kind, groups, issuer: 'sallyport', claims: {}, expiresAtMs: Date.now() + 3_600_000 };
}

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

/** Starts a program that must be installed; `how` says how it gets onto the machine. */
export function start(
  command: readonly [string, ...string[]],
  it: { env: NodeJS.ProcessEnv; cwd?: string; how: string },
): Running {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: it.env,
    ...(it.cwd === undefined ? {} : { cwd: it.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(
    ([code]: unknown[]) => ({ code: typeof code === 'number' ? code : null, out, err }),
    (cause: unknown) => {
      throw new Error(`${program} does not run here: ${it.how}`, { cause });
    },
  );
  return { child, ended };
}

export function run(...given: Parameters<typeof start>): Promise<Run> {
  return start(...given).ended;
}

/** What ended well; its standard output. */
export async function good(...given: Parameters<typeof start>): Promise<string> {
  const { code, out, err } = await run(...given);
  assert.equal(code, 0, `${given[0].join(' ')} ended with ${code}\n${out}\n${err}`);
  return out;
}

export function assertNoSecret(text: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `"${secret}" came through`);
}
