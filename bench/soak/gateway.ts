import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createClient } from '../../src/api/client.ts';
import type { Client } from '../../src/api/client.ts';
import { openLocalIssuer } from '../../src/identity/local.ts';
import type { LocalIssuer } from '../../src/identity/local.ts';
import { freePort, startProgram } from '../programs.ts';
import type { Program } from '../programs.ts';

const sallyport = join(import.meta.dirname, '../../bin/sallyport.js');
const logCharactersMax = 10_000_000;

/** A gateway in a process of its own, which can be killed and started again on the same data and ports. */
export class SoakGateway {
  readonly configFile: string;
  readonly dataDir: string;
  readonly port: number;
  readonly httpPort: number;
  /** How often it was started. */
  starts = 0;
  /** What it has logged, one JSON document a line. */
  log = '';
  readonly #url: string;
  readonly #env: Readonly<Record<string, string>>;
  #program: Program | undefined;
  #issuer: LocalIssuer | undefined;

  private constructor(
    dir: string,
    ports: { postgres: number; http: number },
    env: Readonly<Record<string, string>>,
  ) {
    this.configFile = join(dir, 'sallyport.yaml');
    this.dataDir = join(dir, 'data');
    this.port = ports.postgres;
    this.httpPort = ports.http;
    this.#url = `https://127.0.0.1:${ports.http}`;
    this.#env = env;
  }

  /** `config`: sallyport.yaml from `targets` on. */
  static async start(
    dir: string,
    config: string,
    env: Readonly<Record<string, string>>,
  ): Promise<SoakGateway> {
    const ports = { postgres: await freePort(), http: await freePort() };
    const gateway = new SoakGateway(dir, ports, env);
    const head = `
listen: { host: 127.0.0.1, postgres: ${ports.postgres}, http: ${ports.http} }
data: ./data
identity: { local: true }
`;
    writeFileSync(gateway.configFile, `${head}${config}`);
    await gateway.start();
    gateway.#issuer = await openLocalIssuer({ dataDir: gateway.dataDir, clock: { now: () => Date.now() } });
    const ca = readFileSync(join(gateway.dataDir, 'ca.pem'), 'utf8');
    setDefaultCACertificates([...getCACertificates('default'), ca]);
    return gateway;
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  async start(): Promise<void> {
    const args = [sallyport, 'serve', '--config', this.configFile];
    this.#program = await startProgram(process.execPath, args, this.port, this.#env);
    this.starts += 1;
    this.#program.log.on('data', (chunk: Buffer) => {
      if (this.log.length < logCharactersMax) this.log += chunk.toString();
    });
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  /** In order; its exit code. */
  async end(): Promise<number | null> {
    await this.#program?.end();
    return this.#program?.exitCode() ?? null;
  }

  async token(subject: string, kind: 'agent' | 'human', group: string): Promise<string> {
    if (this.#issuer === undefined) throw new Error('it was not started');
    return this.#issuer.issue({ subject, kind, groups: [group], ttlMs: 24 * 3_600_000 });
  }

  api(token: string): Client {
    return createClient({ url: this.#url, token, fetch });
  }
}
