import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

import { startGateway } from '../src/compose.ts';
import type { GatewayOptions } from '../src/compose.ts';
import { consoleClient, startPeople } from './people.ts';
import { startPostgres } from './postgres-server.ts';
import { adminUrl, buildShop, shopConfig } from './shop.ts';

const bin = resolve(import.meta.dirname, '../bin/sallyport.js');
const host = '127.0.0.1';

/** Everything the story is played on: a real PostgreSQL, a real gateway, and its command line. */
export interface Stage {
  readonly host: string;
  readonly postgresPort: number;
  readonly httpPort: number;
  readonly databasePort: number;
  /** Where people sign in. */
  readonly issuer: string;
  readonly configFile: string;
  /** The gateway's own authority, which clients trust. */
  readonly caFile: string;
  /** PostgreSQL itself, past the gateway. */
  readonly owner: Client;
  /** Where the token of that name is kept, once issued. */
  tokenFile(name: string): string;
  issueToken(name: string, as: readonly string[]): Promise<string>;
  /** Runs `sallyport` and gives back what it printed. @throws with what it said on stderr */
  sallyport(...args: readonly string[]): Promise<string>;
  /** A driver's connection through the gateway, not yet opened. */
  client(token: string): Client;
  close(): Promise<void>;
}

export async function setStage(options: GatewayOptions = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let it = closers.pop(); it !== undefined; it = closers.pop()) await it();
  };
  try {
    const server = await startPostgres();
    closers.push(() => server.stop());
    const owner = await buildShop(server.url);
    closers.push(() => owner.end());

    const ports = { postgresPort: await freePort(6432), httpPort: await freePort(8443) };
    const configFile = join(dir, 'sallyport.yaml');
    const people = await startPeople(`https://${host}:${ports.httpPort}/login/callback`);
    closers.push(() => people.stop());
    const places = { ...ports, databasePort: server.port, issuer: people.issuer };
    writeFileSync(configFile, shopConfig(places));
    writePrivate(join(dir, 'console-secret'), consoleClient.secret);
    writePrivate(join(dir, 'admin-url'), adminUrl(server.port));
    const gateway = await startGateway(configFile, options);
    closers.push(() => gateway.close());

    const caFile = join(dir, 'data/ca.pem');
    const tokenFile = (name: string): string => join(dir, `${name}.token`);
    const sallyport = (...args: readonly string[]): Promise<string> => run([...args, '--config', configFile]);
    return {
      host,
      ...ports,
      databasePort: server.port,
      issuer: people.issuer,
      configFile,
      caFile,
      owner,
      tokenFile,
      async issueToken(name, as) {
        const token = (await sallyport('token', 'issue', ...as)).trim();
        writePrivate(tokenFile(name), token);
        return token;
      },
      sallyport,
      client: (password) =>
        new Client({
          host,
          port: ports.postgresPort,
          database: 'orders',
          user: 'agent',
          password,
          ssl: { ca: readFileSync(caFile) },
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function run(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args], { encoding: 'utf8' });
  return stdout;
}

function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** The usual port where nobody has it, so that what the demo prints is what the papers say. */
async function freePort(usual: number): Promise<number> {
  return (await tryPort(usual)) ?? (await tryPort(0)) ?? usual;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(port, host, () => {
      const address = probe.address();
      const taken = typeof address === 'object' && address !== null ? address.port : undefined;
      probe.close(() => resolve(taken));
    });
  });
}
