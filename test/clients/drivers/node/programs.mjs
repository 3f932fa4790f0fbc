import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { env } from './scenario.mjs';

/**
 * Runs a program on a script. `interrupt` is called when the script has said "running", and gets the program.
 * @returns what it wrote and how it ended
 */
export async function program(name, flags, script, interrupt = async (_child, ended) => ended) {
  const child = spawn(name, flags, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined).end(script);
  const running = new Promise((resolve) =>
    child.stdout.on('data', (chunk) => String(chunk).includes('running') && resolve()),
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  await Promise.race([running, ended]);
  await interrupt(child, ended);
  const [out, err] = await outputs;
  return { code: await ended, out, err };
}

/** What psql prints, as rows; its errors stay in the script. */
export async function psql(script, ...more) {
  const flags = ['--no-psqlrc', '--no-align', '--tuples-only', '--quiet', '--field-separator=\t', ...more];
  const { out, err } = await program('psql', flags, script);
  return { rows: out.split('\n').slice(0, -1), err };
}

/** The major version alone: Debian's packages move on by themselves. */
export async function majorOf(name) {
  const { out } = await program(name, ['--version'], '');
  return Number(/(\d+)/.exec(out.replace(/^\D+\(PostgreSQL\)/, ''))?.[1]);
}
