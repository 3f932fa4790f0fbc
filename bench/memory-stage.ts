import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

import { startPostgres } from '../test/fixtures/postgres-server.ts';
import { startGateway } from './gateway.ts';
import { freePort, startProgram } from './programs.ts';
import type { Place } from './raw-client.ts';

/** `masked`: `email` is; `looked`: detectors look into all text as well; `crowd`: a server that costs nothing. */
export type TargetName = 'masked' | 'looked' | 'crowd';

export interface MemoryStage {
  through(target: TargetName): Place;
  /** Of the gateway's process, which is a new one after each `restart`. */
  readonly pid: number;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function setMemoryStage(): Promise<MemoryStage> {
  const undo = new AsyncDisposableStack();
  try {
    return await set(undo);
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

async function set(undo: AsyncDisposableStack): Promise<MemoryStage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  undo.defer(() => rmSync(dir, { recursive: true, force: true }));
  const postgres = await startPostgres({ max_connections: '1100' });
  undo.defer(() => postgres.stop());
  const client = new Client(postgres.url());
  await client.connect();
  await client.query(`CREATE TABLE person AS SELECT 'ann@planted.dev' AS email, repeat('p', 1000) AS note`);
  await client.end();
  const crowdPort = await freePort();
  const fake = join(import.meta.dirname, 'fake-upstream.ts');
  const crowd = await startProgram(process.execPath, [fake, String(crowdPort)], crowdPort);
  undo.defer(() => crowd.end());
  const env = { BENCH_PASSWORD: postgres.password };
  const config = configOf(postgres.port, postgres.user, crowdPort);
  const gateway = await startGateway(dir, config, env, undefined, await installed(join(dir, 'installed')));
  undo.defer(() => gateway.end());
  return {
    through: (target) => gateway.target(target),
    get pid() {
      return gateway.pid;
    },
    async restart() {
      await gateway.restart();
    },
    stop: () => undo.disposeAsync(),
  };
}

/** The program as it is installed from npm: running TypeScript as it stands takes some 40 MB more. */
async function installed(dir: string): Promise<string> {
  const root = join(import.meta.dirname, '..');
  const at = join(dir, 'dist');
  await promisify(execFile)('tsc', ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', at], { cwd: root });
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(dir, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  return join(dir, 'bin/sallyport.js');
}

function configOf(port: number, user: string, crowdPort: number): string {
  const target = (name: string, at: number, credential: string): string => `
  ${name}:
    postgres: { host: 127.0.0.1, port: ${at}, database: postgres, tls: disable }
    credential: { static: { user: ${user}${credential} } }`;
  const password = ', password: "${env:BENCH_PASSWORD}"';
  return `
targets:${target('masked', port, password)}${target('looked', port, password)}${target('crowd', crowdPort, '')}
sensitive:
  masked: { public.person.email: email, public.person.note: hash }
  looked: { public.person.email: email, public.person.note: hash }
detect:
  - { find: [email, payment_card, iban, us_ssn, phone, private_key, aws_key, jwt], mask: redact, targets: [looked] }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: ["*"], allow: [read] }
`;
}
