import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventIdentity, StampedEvent } from '../../core/event.ts';
import type { LocatedEvent, Place } from '../read.ts';
import { actorsOf } from '../../core/record-query.ts';
import type { RecordQuery, RecordedSessionQuery } from '../../core/record-query.ts';

/** Of a text, this much can be searched. */
const textCharsMax = 64 * 1024;
/** A trigram index finds nothing shorter. */
const indexedCharsMin = 3;

/** What is remembered of what came lately: so many, each no longer than this. */
const latelyMax = 5_000;
const latelyCharsMax = 1_000;

/** Of the tables below; one more with every change of what stands in them. */
const format = 1;
const tables = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS sessions (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, subject TEXT, issuer TEXT, target TEXT);
  CREATE INDEX IF NOT EXISTS sessions_subject ON sessions (subject, issuer);
  CREATE TABLE IF NOT EXISTS actors (session INTEGER, event INTEGER, subject TEXT, issuer TEXT);
  CREATE INDEX IF NOT EXISTS actors_subject ON actors (subject, issuer);
  CREATE INDEX IF NOT EXISTS actors_of ON actors (session, event);
  CREATE TABLE IF NOT EXISTS rule_sets (number INTEGER PRIMARY KEY, rules TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS text_numbers (digest BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
  CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (text, tokenize = 'trigram');
  CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, time TEXT, type TEXT, session INTEGER, subject TEXT, issuer TEXT, target TEXT,
    verdict TEXT, rules INTEGER, text INTEGER, file INTEGER, offset INTEGER, bytes INTEGER);
  CREATE INDEX IF NOT EXISTS events_session ON events (session, seq);
  CREATE INDEX IF NOT EXISTS events_time ON events (time);
  CREATE INDEX IF NOT EXISTS events_text ON events (text, seq) WHERE text IS NOT NULL;
  CREATE INDEX IF NOT EXISTS events_rare ON events (verdict, seq) WHERE verdict IN ('hold', 'deny');
`;

/** The index in its file. All of it comes from the journal and can be made again, so the file may be lost at any time. */
export class IndexFile {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Numbers of what came lately, so that the same few texts and sessions are not looked up again and again. */
  readonly #lately = new Map<string, number>();

  /** @throws Error where the file is damaged */
  constructor(file: string) {
    // SQLite would make it with the umask's mode; what it holds is as private as the journal.
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    this.#db = new DatabaseSync(file);
    this.#db.exec(tables);
    if (Number(this.#get('PRAGMA user_version')?.['user_version']) !== format) this.#begin();
  }

  /** What another version of the gateway has written is made anew. */
  #begin(): void {
    this.clear();
    this.#db.exec(`PRAGMA user_version = ${format}`);
  }

  close(): void {
    this.#db.close();
  }

  /** The newest event in it, and where that stands; undefined where it is empty. */
  newest(): (Place & { readonly seq: number }) | undefined {
    const row = this.#get('SELECT seq, file, offset, bytes FROM events ORDER BY seq DESC LIMIT 1');
    if (row === undefined) return undefined;
    return { seq: Number(row['seq']), ...placeOf(row) };
  }

  /** Sessions stay: of those that began in files that are gone, nothing else tells whose they were. */
  clear(): void {
    this.#lately.clear();
    this.#db.exec(
      'DELETE FROM events; DELETE FROM actors WHERE event IS NOT NULL; DELETE FROM rule_sets; DELETE FROM text_numbers; DELETE FROM texts',
    );
  }

  /** All of them or none. */
  add(events: readonly LocatedEvent[]): void {
    this.#db.exec('BEGIN');
    try {
      for (const located of events) this.#add(located);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      this.#lately.clear();
      throw error;
    }
  }

  /** Where the events stand that fit, newest first. */
  find(query: RecordQuery): readonly Place[] {
    const { where, values } = conditions(query);
    const sql = `SELECT e.file, e.offset, e.bytes FROM events e
      LEFT JOIN sessions s ON s.number = e.session
      ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY e.seq DESC LIMIT ?`;
    return this.#db
      .prepare(sql)
      .all(...values, query.limit)
      .map(placeOf);
  }

  /** Ids of the sessions in which an event fits, those that began last first. */
  sessions({ beforeSession, limit, ...query }: RecordedSessionQuery): readonly string[] {
    const { where, values } = conditions({ ...query, ofSessions: true, limit });
    // Sessions have their numbers in the order in which they began.
    if (beforeSession !== undefined) {
      where.push('s.number < (SELECT number FROM sessions WHERE id = ?)');
      values.push(beforeSession);
    }
    const sql = `SELECT DISTINCT s.number, s.id FROM events e JOIN sessions s ON s.number = e.session
      WHERE ${where.join(' AND ')} ORDER BY s.number DESC LIMIT ?`;
    return this.#db
      .prepare(sql)
      .all(...values, limit)
      .map(({ id }) => String(id));
  }

  #add({ event, file, offset, bytes }: LocatedEvent): void {
    if (event.type === 'journal.dropped') this.#forget(event.events);
    const session = 'session' in event ? this.#session(event.session, event) : null;
    const own = session === null ? about(event) : { subject: null, issuer: null, target: null };
    const text = 'text' in event ? this.#text(event.text) : null;
    const rules = this.#rules(event);
    this.#run(
      'INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      event.seq,
      event.time,
      event.type,
      session,
      own.subject,
      own.issuer,
      own.target,
      verdictOf(event),
      rules,
      text,
      file,
      offset,
      bytes,
    );
    if (session === null && 'identity' in event) this.#actors(null, event.seq, event.identity);
  }

  #actors(session: number | null, event: number | null, identity: EventIdentity): void {
    this.#run('DELETE FROM actors WHERE session IS ? AND event IS ?', session, event);
    for (const { subject, issuer } of actorsOf(identity)) {
      this.#run('INSERT INTO actors VALUES (?, ?, ?, ?)', session, event, subject, issuer);
    }
  }

  #session(id: string, event: StampedEvent): number {
    if (event.type !== 'session.opened') return this.#known(`session ${id}`, () => this.#sessionIn(id));
    const number = this.#sessionIn(id, about(event));
    this.#actors(number, null, event.identity);
    return number;
  }

  #sessionIn(id: string, opened?: About): number {
    const known = this.#get('SELECT number FROM sessions WHERE id = ?', id);
    if (known !== undefined && opened === undefined) return Number(known['number']);
    this.#run(
      `INSERT INTO sessions (id, subject, issuer, target) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, issuer = excluded.issuer, target = excluded.target`,
      id,
      opened?.subject ?? null,
      opened?.issuer ?? null,
      opened?.target ?? null,
    );
    return Number(this.#get('SELECT number FROM sessions WHERE id = ?', id)?.['number']);
  }

  /** The same text is there once, however often it ran. */
  #text(text: string): number {
    const shown = text.slice(0, textCharsMax);
    return this.#known(`text ${shown}`, () => this.#textIn(shown));
  }

  #textIn(shown: string): number {
    const digest = createHash('sha256').update(shown).digest();
    const known = this.#get('SELECT number FROM text_numbers WHERE digest = ?', digest);
    if (known !== undefined) return Number(known['number']);
    const { lastInsertRowid } = this.#run('INSERT INTO texts (text) VALUES (?)', shown);
    this.#run('INSERT INTO text_numbers VALUES (?, ?)', digest, lastInsertRowid);
    return Number(lastInsertRowid);
  }

  #rules(event: StampedEvent): number | null {
    const named = rulesOf(event);
    if (named.length === 0) return null;
    const rules = JSON.stringify(named);
    return this.#known(`rules ${rules}`, () => this.#rulesIn(rules));
  }

  #rulesIn(rules: string): number {
    this.#run('INSERT OR IGNORE INTO rule_sets (rules) VALUES (?)', rules);
    return Number(this.#get('SELECT number FROM rule_sets WHERE rules = ?', rules)?.['number']);
  }

  #known(key: string, look: () => number): number {
    const found = this.#lately.get(key);
    if (found !== undefined) return found;
    if (this.#lately.size >= latelyMax) this.#lately.clear();
    const number = look();
    if (key.length <= latelyCharsMax) this.#lately.set(key, number);
    return number;
  }

  /** What was dropped from the journal is not to be found either. */
  #forget(upTo: number): void {
    this.#lately.clear();
    this.#run('DELETE FROM events WHERE seq <= ?', upTo);
    this.#run('DELETE FROM actors WHERE event <= ?', upTo);
    this.#db.exec(`
      DELETE FROM texts WHERE rowid NOT IN (SELECT text FROM events WHERE text IS NOT NULL);
      DELETE FROM text_numbers WHERE number NOT IN (SELECT text FROM events WHERE text IS NOT NULL)`);
  }

  #run(sql: string, ...values: SQLInputValue[]): { readonly lastInsertRowid: number | bigint } {
    return this.#prepared(sql).run(...values);
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#prepared(sql).get(...values);
  }

  #prepared(sql: string): StatementSync {
    const found = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, found);
    return found;
  }
}

interface About {
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly target: string | null;
}

/** Those that took part, or that it was asked for. */
function rulesOf(event: StampedEvent): readonly string[] {
  if ('rules' in event) return event.rules ?? [];
  if ('rule' in event) return [event.rule];
  return event.type === 'command.refused' ? (event.detail.rules ?? []) : [];
}

/** Whom and what an event is about that belongs to no session, or begins one. */
function about(event: StampedEvent): About {
  const who =
    'identity' in event ? event.identity : 'subject' in event ? event : 'by' in event ? event.by : undefined;
  return {
    subject: who?.subject ?? null,
    issuer: who !== undefined && 'issuer' in who ? (who.issuer ?? null) : null,
    target: 'target' in event ? event.target : null,
  };
}

function verdictOf(event: StampedEvent): string | null {
  if (event.type === 'command') return event.verdict;
  return event.type === 'command.refused' ? 'deny' : null;
}

function placeOf(row: Readonly<Record<string, unknown>>): Place {
  return { file: Number(row['file']), offset: Number(row['offset']), bytes: Number(row['bytes']) };
}

/** Values go in as values: nothing of a query is ever SQL. */
function conditions(query: RecordQuery): { where: string[]; values: SQLInputValue[] } {
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...more: (SQLInputValue | undefined)[]): void => {
    const given = more.filter((value) => value !== undefined);
    if (given.length === 0) return;
    where.push(condition);
    values.push(...given);
  };
  const { subject, issuer, own, target, rule, verdict, type, session, text, since, until, before } = query;
  add('coalesce(s.subject, e.subject) = ?', own?.subject);
  add('coalesce(s.issuer, e.issuer) = ?', own?.issuer);
  if (subject !== undefined || issuer !== undefined) {
    const named = [subject === undefined ? [] : ['subject'], issuer === undefined ? [] : ['issuer']].flat();
    const itself = named.map((one) => `coalesce(s.${one}, e.${one}) = ?`).join(' AND ');
    const acting = `SELECT 1 FROM actors a WHERE (a.session = e.session OR a.event = e.seq) AND ${named
      .map((one) => `a.${one} = ?`)
      .join(' AND ')}`;
    const given = [subject, issuer].filter((value) => value !== undefined);
    add(`(${itself} OR EXISTS (${acting}))`, ...given, ...given);
  }
  add('coalesce(s.target, e.target) = ?', target);
  add('s.id = ?', session);
  add('e.verdict = ?', verdict);
  add('e.type = ?', type);
  add('e.time >= ?', since);
  add('e.time <= ?', until);
  add('e.seq < ?', before);
  add('e.rules IN (SELECT r.number FROM rule_sets r, json_each(r.rules) one WHERE one.value = ?)', rule);
  // The index's own language ends at a NUL.
  if (text !== undefined && [...text].length >= indexedCharsMin && !text.includes('\0')) {
    add('e.text IN (SELECT rowid FROM texts WHERE texts MATCH ?)', `"${text.replaceAll('"', '""')}"`);
  } else {
    add('e.text IN (SELECT rowid FROM texts WHERE instr(lower(text), lower(?)) > 0)', text);
  }
  if (query.ofSessions === true) where.push('e.session IS NOT NULL');
  return { where, values };
}
