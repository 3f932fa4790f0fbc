import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

import type { Client as Api } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { check } from './checks.ts';
import type { Check, Tables } from './checks.ts';
import type { SoakGateway } from './gateway.ts';
import { secretIn } from './shop.ts';
import { connectionsOf, descriptors } from './watch.ts';

const run = promisify(execFile);
const sallyport = join(import.meta.dirname, '../../bin/sallyport.js');
const endsWithinMs = 60_000;
/** The reaper comes every minute. */
const reapedWithinMs = 150_000;
const everyMs = 100;

/** Whether nothing is left of sessions whose clients have gone: here, in the gateway, in the server. */
export async function nothingLeft(
  gateway: SoakGateway,
  it: { api: Api; databaseUrl: string; descriptorsBefore: readonly string[] },
): Promise<readonly Check[]> {
  const live = async (): Promise<string[]> => {
    const { sessions } = await it.api.call(routes.listSessions, { query: { state: 'live' } });
    return sessions.map(({ id }) => id);
  };
  const open = await none(live, endsWithinMs);
  const connections = await none(
    () => Array.from({ length: connectionsOf(gateway.port) }, () => 'a connection'),
    endsWithinMs,
  );
  const roles = await none(() => mintedRoles(it.databaseUrl), reapedWithinMs);
  // Who asks the API keeps a connection for the next time.
  const before = (): string[] => [
    ...it.descriptorsBefore,
    ...Array.from({ length: connectionsOf(gateway.httpPort) }, () => 'socket'),
  ];
  // A worker that follows another has another chain, and that is read as long as it lives.
  const now = (): string[] => descriptors(gateway.pid).filter((name) => !isOfWorker(name));
  const more = await none(() => added(now(), before()), endsWithinMs);
  return [
    check('no session is left', open, '0'),
    check('no client’s connection is left', connections, '0'),
    check(
      'no file descriptor is left',
      more,
      `${descriptors(gateway.pid).length} open, ${it.descriptorsBefore.length} before`,
    ),
    check('no minted role is left', roles, '0'),
  ];
}

/** Asks until there is none, and gives what is left then. */
async function none(ask: () => string[] | Promise<string[]>, withinMs: number): Promise<readonly string[]> {
  const startMs = performance.now();
  for (;;) {
    const left = await ask();
    if (left.length === 0 || performance.now() - startMs > withinMs) return left;
    await pause(everyMs);
  }
}

/** Those of `now` that are more than before, of their kind. */
/** The file of a worker's chain that the gateway reads. */
function isOfWorker(name: string): boolean {
  return /\/journal\/w\d+-\w+\/[^/]+$/.test(name);
}

function added(now: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return now.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

export async function mintedRoles(url: string): Promise<string[]> {
  const rows = await rowsOf(url, `SELECT rolname FROM pg_roles WHERE rolname LIKE 'sp\\_%'`);
  return rows.map(([name]) => String(name));
}

export async function tablesOf(url: string): Promise<Tables> {
  const counts = async (sql: string): Promise<Map<string, number>> =>
    new Map((await rowsOf(url, sql)).map(([id, count]) => [String(id), Number(count)]));
  return {
    marks: await counts('SELECT id, count(*) FROM soak_marks GROUP BY id'),
    lines: await counts('SELECT copy, count(*) FROM soak_lines GROUP BY copy'),
  };
}

async function rowsOf(url: string, text: string): Promise<unknown[][]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** What `sallyport audit verify` says. */
export async function verified(configFile: string): Promise<Check> {
  const what = '`sallyport audit verify` finds the journal intact';
  try {
    const { stdout } = await run(process.execPath, [sallyport, 'audit', 'verify', '--config', configFile]);
    return { what, good: true, figures: stdout.trim().split('\n').join('; ') };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { what, good: false, figures: `${stdout} ${stderr}`.trim() };
  }
}

/** No hidden value in any file of the gateway's data, nor in what it logged. */
export function unspoken(gateway: SoakGateway): Check {
  const files = readdirSync(gateway.dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  let bytes = 0;
  const wrong = files.flatMap(({ parentPath, name }) => {
    const content = readFileSync(join(parentPath, name));
    bytes += content.length;
    const secret = secretIn(content);
    return secret === undefined ? [] : [`${secret} in ${name}`];
  });
  const logged = secretIn(Buffer.from(gateway.log));
  if (logged !== undefined) wrong.push(`${logged} in the log`);
  return check(
    'no hidden value in the journal, the store or the log',
    wrong,
    `${(bytes / 1e6).toFixed(0)} MB in ${files.length} files`,
  );
}
