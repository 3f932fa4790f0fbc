import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

import { startPostgres } from '../test/fixtures/postgres-server.ts';
import { startGateway } from './gateway.ts';
import { sensitive, tables } from './masking-tables.ts';
import type { TargetName } from './masking-tables.ts';
import type { Place } from './raw-client.ts';

/** One database, straight and through a gateway that hides more or less of it. */
export interface MaskingStage {
  readonly direct: Place;
  through(target: TargetName): Place;
  /** Of the gateway's process. */
  readonly pid: number;
  /** The database's URL, for its owner. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param rows how many the large tables have */
export async function setMaskingStage(rows: number, profileDir?: string): Promise<MaskingStage> {
  const undo = new AsyncDisposableStack();
  try {
    return await set(undo, rows, profileDir);
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

async function set(
  undo: AsyncDisposableStack,
  rows: number,
  profileDir: string | undefined,
): Promise<MaskingStage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  undo.defer(() => rmSync(dir, { recursive: true, force: true }));
  // All of the tables, and more than four times the largest: a scan of more than a quarter goes round the buffers.
  const postgres = await startPostgres({ shared_buffers: '1536MB' });
  undo.defer(() => postgres.stop());
  const { port, user, password } = postgres;
  await fill(postgres.url(), rows);
  const env = { BENCH_PASSWORD: password };
  const gateway = await startGateway(dir, configOf(port, user), env, profileDir);
  undo.defer(() => gateway.end());
  return {
    direct: { port, user, password, database: 'postgres' },
    through: (target) => gateway.target(target),
    pid: gateway.pid,
    url: postgres.url(),
    stop: () => undo.disposeAsync(),
  };
}

async function fill(url: string, rows: number): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(tables(rows));
  // The first to read a row after it was written would pay for its hint bits.
  await client.query('VACUUM');
  await client.end();
}

function configOf(port: number, user: string): string {
  const targets = Object.keys(sensitive).map(
    (name) => `
  ${name}:
    postgres: { host: 127.0.0.1, port: ${port}, database: postgres, tls: disable }
    credential: { static: { user: ${user}, password: "\${env:BENCH_PASSWORD}" } }`,
  );
  const hidden = Object.entries(sensitive).map(
    ([name, columns]) => `\n  ${name}: ${JSON.stringify(columns)}`,
  );
  return `
targets:${targets.join('')}
sensitive:${hidden.join('')}
rules:
  - { name: no schema changes by agents, who: { kind: agent }, targets: ["*"], deny: [schema, access, execute] }
  - { name: crews read, who: { groups: [crews] }, targets: ["*"], allow: [read], resources: ["public.*"] }
  - { name: crews write with a nod, who: { groups: [crews] }, targets: ["*"], hold: [write], approvers: { groups: [dba] } }
`;
}
