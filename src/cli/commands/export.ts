import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { EventBody } from '../../api/contract/schemas.ts';
import { connect } from '../connect.ts';
import { csvLine } from '../csv.ts';
import type { Io } from '../io.ts';
import { moment } from '../moment.ts';
import { eventNumber, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';

interface Options extends Remote {
  readonly since?: string;
  readonly until?: string;
  readonly after?: number;
  readonly format: 'ndjson' | 'csv';
  readonly follow?: boolean;
}

export function exportEvents(program: Command, io: Io): void {
  const command = program
    .command('export')
    .description('the record, oldest first')
    .option('--since <time>', '7d, or 2026-11-23T08:00Z (default: all)')
    .option('--until <time>', 'the same')
    .option('--after <seq>', 'events behind this one', eventNumber)
    .option('--format <format>', 'ndjson or csv', format, 'ndjson')
    .option('--follow', 'go on with what happens');
  withRemote(command).action(async (options: Options) => {
    const { since, until, after } = options;
    const client = await connect(io, options);
    const events = client.stream({
      follow: options.follow === true ? 'true' : 'false',
      ...(after === undefined ? {} : { after }),
      ...(since === undefined ? {} : { since: moment(since, io.now()) }),
      ...(until === undefined ? {} : { until: moment(until, io.now()) }),
    });
    const written = options.format === 'csv' ? csvOf(events) : ndjsonOf(events);
    for await (const line of written) await pacedWrite(io, line);
  });
}

/** Waits where the reader is slow, so that a pipe holds no whole journal in memory. */
async function pacedWrite({ stdout, wait }: Io, text: string): Promise<void> {
  if (stdout.write(text) === false) await wait(1);
}

/** What could move a cursor is escaped as JSON escapes it, so the value stays what it was. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

async function* ndjsonOf(events: AsyncIterable<EventBody>): AsyncIterable<string> {
  for await (const event of events) yield `${JSON.stringify(event).replace(unseen, escaped)}\n`;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

const columns = [
  'seq',
  'time',
  'type',
  'session',
  'subject',
  'issuer',
  'target',
  'verdict',
  'code',
  'rules',
  'text',
  'event',
] as const;

const names = z.looseObject({ subject: z.string(), issuer: z.string() });

interface Whose {
  readonly subject: string;
  readonly issuer: string;
  readonly target: unknown;
}

/** Whose a session is stands in its first event: later ones are told by it, as far as the export goes back. */
async function* csvOf(events: AsyncIterable<EventBody>): AsyncIterable<string> {
  yield csvLine(columns);
  const sessions = new Map<unknown, Whose>();
  for await (const event of events) {
    const { seq: number, time, type, session, verdict, code, rules, text, target } = event;
    const opened = type === 'session.opened' ? names.safeParse(event['identity']) : undefined;
    if (opened?.success === true) {
      sessions.set(session, { subject: opened.data.subject, issuer: opened.data.issuer, target });
    }
    const whose = sessions.get(session);
    const decided = type === 'command.refused' ? 'deny' : verdict;
    const where = target ?? whose?.target;
    yield csvLine([
      number,
      time,
      type,
      session,
      whose?.subject ?? event['subject'],
      whose?.issuer ?? event['issuer'],
      where,
      decided,
      code,
      Array.isArray(rules) ? rules.join('; ') : undefined,
      text,
      event,
    ]);
    if (type === 'session.closed') sessions.delete(session);
  }
}

function format(text: string): 'ndjson' | 'csv' {
  if (text === 'ndjson' || text === 'csv') return text;
  throw new InvalidArgumentError('It is ndjson or csv.');
}
