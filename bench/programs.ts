import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';

/** A program that takes connections. */
export interface Program {
  readonly pid: number;
  /** From its start to the first connection that it took. */
  readonly listeningMs: number;
  /** What it says on standard error. */
  readonly log: Readable;
  /** Asks it to end (SIGTERM). */
  end(): Promise<void>;
  kill(): Promise<void>;
  /** Null while it runs, and where a signal ended it. */
  exitCode(): number | null;
}

/** Starts a program and waits until it takes connections. It ends with this process at the latest. */
export async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
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
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)));
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code) => (ended = `it ended with code ${code}`));
  while (!(await takesConnections(port))) {
    if (ended !== undefined) throw new Error(`${command} did not start: ${ended}\n${log}`);
  }
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return {
    pid: child.pid,
    listeningMs: performance.now() - from,
    log: child.stderr,
    end: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    exitCode: () => child.exitCode,
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
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
