import { z } from 'zod';
import { csvLine } from './csv.ts';
import type { EventBody } from './schemas.ts';

type Events = Iterable<EventBody> | AsyncIterable<EventBody>;

/** What could move a cursor is escaped as JSON escapes it, so the value stays what it was. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Lines of JSON in which nothing moves a cursor, and all values are what they were. */
export async function* ndjsonOf(events: Events): AsyncIterable<string> {
  for await (const event of events) yield `${JSON.stringify(event).replace(unseen, escaped)}\n`;
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

/**
 * RFC 4180, a line an event. Whose a session is stands in its first event: later ones are told by it, as far as the
 * export goes back.
 */
export async function* csvOf(events: Events): AsyncIterable<string> {
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

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
