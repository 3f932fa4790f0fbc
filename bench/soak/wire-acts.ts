import { setTimeout as pause } from 'node:timers/promises';

import { requestCancel, send } from '../../test/fixtures/wire-client.ts';
import type { WireClient } from '../../test/fixtures/wire-client.ts';
import { Left } from './acts.ts';
import type { Group } from './acts.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import { copyLines, customers } from './shop.ts';

/** A client that says every message by itself. */
export interface WireVisit {
  readonly name: string;
  readonly chance: Chance;
  readonly ledger: Ledger;
  readonly client: WireClient;
  /** Where it has connected. */
  readonly port: number;
}

export type WireAct = (visit: WireVisit) => Promise<void>;

export function wireActs(group: Group): readonly [WireAct, ...WireAct[]] {
  const reading = [pipeline, slices, copyOut, cancel, leaveUnread, leaveInPipeline] as const;
  return group === 'crews' ? reading : [...reading, copyIn, copyIn, copyBroken];
}

const sqlOf = (id: string): string => `SELECT '${id}', id, email, phone FROM public.customers WHERE id = $1`;

/** Many questions at once, each with a Sync; the answers come in their order. */
async function pipeline({ name, chance, ledger, client }: WireVisit): Promise<void> {
  const ids = Array.from({ length: chance.from(2, 20) }, () => ledger.id('q', name));
  const frames = ids.flatMap((id) => [send.run(sqlOf(id), [String(chance.from(1, customers))]), send.sync()]);
  const lines = await told(client, frames, ids.length);
  const rows = lines.filter((line) => line.startsWith('DataRow'));
  const came = rows.map((line) => line.slice('DataRow '.length).split('|')[0]);
  if (came.join() !== ids.join()) ledger.complain(`asked ${ids.join()}, answered ${came.join()}`);
  answered(ledger, ids);
}

/** An answer in slices, between which others are asked. */
async function slices({ name, chance, ledger, client }: WireVisit): Promise<void> {
  const id = ledger.id('q', name);
  const rowsDue = chance.from(20, 200);
  const slice = chance.from(5, 30);
  const sql = `SELECT '${id}', id, email FROM public.customers WHERE id <= $1`;
  await told(client, send.query('BEGIN'));
  await told(client, [send.parse('s', sql), send.bind('s', 'p', [String(rowsDue)]), send.sync()]);
  let rows = 0;
  for (let more = true; more;) {
    const lines = await told(client, [send.execute('p', slice), send.sync()]);
    rows += lines.filter((line) => line.startsWith(`DataRow ${id}|`)).length;
    more = lines.includes('PortalSuspended');
  }
  await told(client, [send.close('S', 's'), send.sync(), send.query('COMMIT')], 2);
  if (rows !== rowsDue) ledger.complain(`${id} came with ${rows} rows, not ${rowsDue}`);
  answered(ledger, [id]);
}

async function copyOut({ name, chance, ledger, client }: WireVisit): Promise<void> {
  const id = ledger.id('q', name);
  const rowsDue = chance.from(1, customers);
  const sql = `COPY (SELECT '${id}', id, email, phone FROM public.customers WHERE id <= ${rowsDue}) TO STDOUT`;
  const lines = await told(client, send.query(sql));
  const rows = lines.filter((line) => line.startsWith(`CopyData ${id}\t`)).length;
  if (rows !== rowsDue) ledger.complain(`${id} copied ${rows} rows, not ${rowsDue}`);
  answered(ledger, [id]);
}

/** A command that runs for long, until this client has had enough; nobody else's is hit. */
async function cancel({ chance, ledger, client, port }: WireVisit): Promise<void> {
  client.write(send.query('SELECT pg_sleep(20)'));
  const ended = client.until((line) => line.startsWith('ReadyForQuery')).then(() => true);
  // One that comes before the command does hits nothing, as without a gateway.
  do await pause(chance.from(0, 300)).then(() => requestCancel(port, client.key));
  while (!(await Promise.race([ended, pause(500, false)])));
  const lines = client.take();
  if (client.ended) throw new Error('the connection ended');
  const cancelled = lines.some((line) => line.startsWith('ErrorResponse 57014'));
  ledger.count(cancelled ? 'cancelled' : 'not cancelled');
  if (!cancelled) ledger.complain(`a cancel had no effect: ${lines.join('; ')}`);
}

/** Stops to read in the middle of much, and goes. */
async function leaveUnread({ chance, client }: WireVisit): Promise<void> {
  client.counting = { bytes: 0, messages: 0 };
  client.write(send.query(`SELECT repeat('y', 100000) FROM generate_series(1, 300)`));
  client.socket.pause();
  await pause(chance.from(1, 200));
  client.socket.destroy();
  throw new Left();
}

async function leaveInPipeline({ name, chance, ledger, client }: WireVisit): Promise<void> {
  for (let count = chance.from(1, 50); count > 0; count--) {
    client.write(send.run(sqlOf(ledger.id('q', name)), ['1']), send.sync());
  }
  await pause(chance.from(0, 30));
  client.socket.destroy();
  throw new Left();
}

const copySql = (id: string): string => `COPY public.soak_lines (copy, line) FROM STDIN -- ${id}`;

async function copyIn({ name, ledger, client }: WireVisit): Promise<void> {
  const id = ledger.id('c', name);
  client.write(send.query(copySql(id)));
  await copying(client);
  for (let line = 1; line <= copyLines; line++) client.write(send.copyData(`${id}\t${line}\n`));
  await told(client, send.copyDone());
  ledger.acknowledged.add(id);
  ledger.count('copied in');
}

/** Half of the lines, and then the end of it, or of everything. */
async function copyBroken({ name, chance, ledger, client }: WireVisit): Promise<void> {
  const id = ledger.id('b', name);
  client.write(send.query(copySql(id)));
  await copying(client);
  for (let line = 1; line <= copyLines / 2; line++) client.write(send.copyData(`${id}\t${line}\n`));
  if (chance.maybe(0.5)) {
    client.socket.destroy();
    throw new Left();
  }
  const lines = await client.ask(send.copyFail('enough'));
  if (!lines.some((line) => line.startsWith('ErrorResponse 57014'))) {
    if (client.ended) throw new Error('the connection ended');
    ledger.complain(`a COPY that failed: ${lines.join('; ')}`);
  }
}

async function copying(client: WireClient): Promise<void> {
  await client.until((line) => /^(CopyInResponse|ErrorResponse)/.test(line));
  const lines = client.take();
  if (!lines.includes('CopyInResponse')) throw new Error(`no COPY: ${lines.join('; ')}`);
}

/** What it is told up to the `count`th ReadyForQuery. @throws Error where that is an error, or the end */
async function told(client: WireClient, frames: Buffer | readonly Buffer[], count = 1): Promise<string[]> {
  const lines = await client.ask(frames, count);
  const error = lines.find((line) => line.startsWith('ErrorResponse'));
  if (error !== undefined) throw wireError(error);
  if (client.ended) throw new Error('the connection ended');
  return lines;
}

export function wireError(line: string): Error & { code?: string } {
  const [, code = ''] = line.split(' ');
  return Object.assign(new Error(line), { code });
}

function answered(ledger: Ledger, ids: readonly string[]): void {
  for (const id of ids) {
    ledger.answered.add(id);
    ledger.count('questions answered');
  }
}
