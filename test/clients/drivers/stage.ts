import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client as Owner } from 'pg';

import { adminUrl, buildShop } from '../../../demo/shop.ts';
import { createClient } from '../../../src/api/client.ts';
import type { Client } from '../../../src/api/client.ts';
import { routes } from '../../../src/api/contract/routes.ts';
import { startTestGateway } from '../../fixtures/gateway.ts';
import type { Who } from '../../fixtures/gateway.ts';
import { startPostgres } from '../../fixtures/postgres-server.ts';
import { playScenario } from './play.ts';
import type { Finding } from './play.ts';
import { drivers, installed } from './roster.ts';
import type { Driver } from './roster.ts';
import { scenarioSchema } from './scenario.ts';

/** The scenario's database behind a gateway. */
export interface DriverStage {
  /** Straight to the database. */
  readonly owner: Owner;
  /** Has a driver play the scenario; what it has held is approved meanwhile. */
  play(driver: Driver): Promise<Finding>;
  stop(): Promise<void>;
}

const migrator: Who = { subject: 'migrator', kind: 'human', groups: ['migrations'] };
const dana: Who = { subject: 'dana', kind: 'human', groups: ['dba'] };

const config = (port: number): string => `
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
  - { name: reads, who: { any: true }, targets: [orders], allow: [read] }
  - { name: waits, who: { any: true }, targets: [orders], allow: [execute], resources: [pg_catalog.pg_sleep] }
  - name: writes
    who: { kind: agent }
    targets: [orders]
    allow: [write]
    resources: [public.echoes, public.blob_echoes, public.marks, public.lines]
  - name: writes the ledger with a nod
    who: { kind: agent }
    targets: [orders]
    hold: [write]
    resources: [public.ledger]
    approvers: { groups: [dba] }
  - { name: no schema changes by agents, who: { kind: agent }, targets: [orders], deny: [schema], because: Use a migration. }
  - { name: migrations, who: { groups: [migrations] }, targets: [orders], allow: [write, schema, execute], reveal: ["public.customers.*"] }
`;

export async function setDriverStage(): Promise<DriverStage> {
  const server = await startPostgres();
  const owner = await buildShop(server.url);
  await owner.query(scenarioSchema);
  await owner.query('INSERT INTO ledger SELECT unnest($1::text[]), 0', [drivers.map(({ key }) => key)]);
  const gateway = await startTestGateway(config(server.port));
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
  return {
    owner,
    async play(driver) {
      const approver = createClient({ url, token: await gateway.token(dana), fetch });
      const ended = new AbortController();
      const approving = approveAll(approver, ended.signal);
      try {
        return await playScenario(driver, {
          ...process.env,
          ...driver.env,
          SALLYPORT_TEST_DRIVERS: installed,
          DRIVER: driver.key,
          PGHOST: gateway.host,
          PGPORT: String(gateway.port),
          PGDATABASE: 'orders',
          PGUSER: 'anybody',
          PGPASSWORD: await gateway.token({ subject: 'agent', groups: [] }),
          PGSSLMODE: 'verify-full',
          PGSSLROOTCERT: join(gateway.dataDir, 'ca.pem'),
          MIGRATOR_PASSWORD: await gateway.token(migrator),
        });
      } finally {
        ended.abort();
        await approving;
      }
    },
    async stop() {
      await owner.end();
      await gateway.stop();
      await server.stop();
    },
  };
}

/** A person who agrees to everything that waits for them. */
async function approveAll(api: Client, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const { approvals } = await api.call(routes.listApprovals, { query: { state: 'pending' } });
    for (const { id } of approvals) {
      await api.call(routes.decideApproval, { params: { id }, body: { decision: 'approve' } });
    }
    await pause(50);
  }
}
