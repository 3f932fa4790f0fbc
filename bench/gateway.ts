import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openLocalIssuer } from '../src/identity/local.ts';
import { freePort, startProgram } from './programs.ts';
import type { Place } from './raw-client.ts';

/** A gateway in a process of its own, as it is run in earnest. */
export interface Gateway {
  /** Of the process that runs now. */
  readonly pid: number;
  /** Where HTTP targets are. */
  readonly targetsPort: number;
  /** Where an agent of the group `crews` finds a target. */
  target(name: string): Place;
  /** Ends it and starts it again on its data. Milliseconds until it listens. */
  restart(): Promise<number>;
  end(): Promise<void>;
}

/**
 * `config`: sallyport.yaml from `targets` on.
 * @param dir where its file and data go
 * @param profileDir where V8 leaves a CPU profile at its end
 * @param sallyport the program: by default this checkout's, from its TypeScript
 * @param more further options of `serve`
 */
export async function startGateway(
  dir: string,
  config: string,
  env: Readonly<Record<string, string>>,
  profileDir?: string,
  sallyport = join(import.meta.dirname, '../bin/sallyport.js'),
  more: readonly string[] = [],
): Promise<Gateway> {
  const port = await freePort();
  const targetsPort = await freePort();
  const file = join(dir, 'sallyport.yaml');
  writeFileSync(file, `${headOf(port, targetsPort)}${config}`);
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const args = [...profiling, sallyport, 'serve', '--config', file, ...more];
  const launch = (): ReturnType<typeof startProgram> => startProgram(process.execPath, args, port, env);
  let program = await launch();
  const issuer = await openLocalIssuer({ dataDir: join(dir, 'data'), clock: { now: () => Date.now() } });
  const agent = { subject: 'agent-7', kind: 'agent', groups: ['crews'], ttlMs: 7_200_000 } as const;
  const password = await issuer.issue(agent);
  return {
    get pid() {
      return program.pid;
    },
    targetsPort,
    target: (database) => ({ port, user: agent.subject, password, database }),
    async restart() {
      await program.end();
      program = await launch();
      return program.listeningMs;
    },
    end: () => program.end(),
  };
}

function headOf(port: number, targets: number): string {
  return `
listen: { host: 127.0.0.1, postgres: ${port}, targets: ${targets} }
data: ./data
identity: { local: true }
`;
}
