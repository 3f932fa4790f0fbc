import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createClient } from '../../src/api/client.ts';
import type { Client } from '../../src/api/client.ts';
import { openLocalIssuer } from '../../src/identity/local.ts';
import type { LocalIssuer } from '../../src/identity/local.ts';
import { childrenOf } from '../process-facts.ts';
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
  readonly #workers: number;
  #program: Program | undefined;
  #issuer: LocalIssuer | undefined;

  private constructor(
    dir: string,
    ports: { postgres: number; http: number },
    env: Readonly<Record<string, string>>,
    workers: number,
  ) {
    this.configFile = join(dir, 'sallyport.yaml');
    this.dataDir = join(dir, 'data');
    this.port = ports.postgres;
    this.httpPort = ports.http;
    this.#url = `https://127.0.0.1:${ports.http}`;
    this.#env = env;
    this.#workers = workers;
  }

  /**
   * `config`: sallyport.yaml from `targets` on.
   * @param workers 0: one process does all
   */
  static async start(
    dir: string,
    config: string,
    env: Readonly<Record<string, string>>,
    workers = 0,
  ): Promise<SoakGateway> {
    const ports = { postgres: await freePort(), http: await freePort() };
    const gateway = new SoakGateway(dir, ports, env, workers);
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
    const workers = this.#workers === 0 ? [] : ['--workers', String(this.#workers)];
    const args = [sallyport, 'serve', '--config', this.configFile, ...workers];
    this.#program = await startProgram(process.execPath, args, this.port, this.#env);
    this.starts += 1;
    this.#program.log.on('data', (chunk: Buffer) => {
      if (this.log.length < logCharactersMax) this.log += chunk.toString();
    });
    await this.#ready();
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  /** One of its workers; resolves when there is another in its place. */
  async killWorker(): Promise<void> {
    const [victim] = childrenOf(this.pid);
    if (victim === undefined) return;
    process.kill(victim, 'SIGKILL');
    for (;;) {
      const now = childrenOf(this.pid);
      if (now.length >= this.#workers && !now.includes(victim)) return;
      await pause(20);
    }
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

  /** With workers, ports are open before all is there. */
  async #ready(): Promise<void> {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.httpPort}/readyz`).catch(() => undefined);
      if (answer?.ok === true) return;
      await pause(20);
    }
  }
}
