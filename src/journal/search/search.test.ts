import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { exampleJournal } from '../../../test/fixtures/journal.ts';
import type { Example } from '../../../test/fixtures/journal.ts';
import { until } from '../../../test/fixtures/until.ts';
import type { Event, EventIdentity } from '../../core/event.ts';
import type { FileJournal } from '../append.ts';
import { fileName } from '../files.ts';
import type { RecordQuery, RecordedSessionQuery } from '../../core/record-query.ts';
import { Search } from './search.ts';

const crew: EventIdentity = { subject: 'crew-7', issuer: 'https://k8s', kind: 'agent', groups: [] };
const anna: EventIdentity = { subject: 'anna', issuer: 'https://idp', kind: 'human', groups: ['dba'] };

const opened = (session: string, identity: EventIdentity, target: string): Event => ({
  type: 'session.opened',
  session,
  protocol: 'postgres',
  client: '10.0.0.1',
  target,
  identity,
});
const ran = (session: string, text: string, rules = ['crews read']): Event => ({
  type: 'command',
  session,
  command: 1,
  text,
  effects: [],
  verdict: rules.includes('nod') ? 'hold' : 'allow',
  rules,
});
const refused = (session: string, text: string, rules: readonly string[]): Event => ({
  type: 'command.refused',
  session,
  text,
  effects: [],
  code: 'denied',
  because: 'no',
  detail: { rules },
});

const events: readonly Event[] = [
  opened('s1', crew, 'orders'), // 1
  ran('s1', 'SELECT * FROM users'), // 2
  { type: 'result', session: 's1', command: 1, rows: 1, bytes: 1, masked: 1, first: [['users']] }, // 3
  opened('s2', anna, 'billing'), // 4
  ran('s2', 'UPDATE Größe SET a = \'100% "sure"\'', ['nod', 'crews read']), // 5
  refused('s1', 'DROP TABLE users', ['no schema']), // 6
  { type: 'identity.revoked', subject: 'crew-7', by: anna }, // 7
  { type: 'identity.refused', protocol: 'api', client: '::1', target: 'sallyport', reason: 'x' }, // 8
  ran('s2', 'SELECT 1; --" OR 1=1'), // 9
];

class SearchStage {
  readonly example: Example;
  readonly file: string;
  readonly reports: unknown[] = [];
  journal!: FileJournal;
  search!: Search;

  constructor(example: Example) {
    this.example = example;
    this.file = `${example.dir}-search.db`;
  }

  static async set(t: TestContext): Promise<SearchStage> {
    const stage = new SearchStage(await exampleJournal(t));
    stage.journal = await stage.example.open();
    for (const event of events) {
      stage.example.nowMs += 1_000;
      stage.journal.append(event);
      stage.journal.commit();
    }
    stage.start();
    t.after(() => stage.stop());
    await stage.upToDate();
    return stage;
  }

  start(): void {
    const report = (_message: string, cause: unknown): void => void this.reports.push(cause);
    this.search = new Search({ dir: this.example.dir, file: this.file, report });
    this.search.start();
  }

  async stop(): Promise<void> {
    await this.search.close();
    await this.journal.close();
    await unlink(this.file).catch(() => undefined);
  }

  async upToDate(): Promise<void> {
    await until('the index', () => this.search.indexedTo === this.journal.newestSeq);
  }

  async seqs(query: Partial<RecordQuery>): Promise<number[]> {
    const { lines } = await this.search.find({ limit: 100, ...query });
    return lines.map((line) => JSON.parse(line).seq);
  }
}

const at = (seq: number): string =>
  new Date(Date.parse('2026-11-23T08:00:00.000Z') + seq * 1_000).toISOString();

const rows: readonly [title: string, query: Partial<RecordQuery>, seqs: readonly number[]][] = [
  ['everything but results, newest first', {}, [9, 8, 7, 6, 5, 4, 2, 1]],
  ['whoever it was, through the session', { subject: 'crew-7' }, [7, 6, 2, 1]],
  ['whoever it was of that issuer', { subject: 'anna', issuer: 'https://idp' }, [9, 5, 4]],
  ['nobody by the name at another issuer', { subject: 'anna', issuer: 'https://k8s' }, []],
  ['a target', { target: 'billing' }, [9, 5, 4]],
  ['a target without a session', { target: 'sallyport' }, [8]],
  ['a rule among others', { rule: 'crews read' }, [9, 5, 2]],
  ['a rule that refused', { rule: 'no schema' }, [6]],
  ['a rule by no part of its name', { rule: 'crews' }, []],
  ['what went through', { verdict: 'allow' }, [9, 2]],
  ['what people agreed to', { verdict: 'hold' }, [5]],
  ['what was refused', { verdict: 'deny' }, [6]],
  ['a type', { type: 'identity.revoked' }, [7]],
  ['a session', { session: 's2' }, [9, 5, 4]],
  ['a part of a text, in whatever case', { text: 'USERS' }, [6, 2]],
  ['a text of two letters', { text: 'a ' }, [5]],
  ['a text of other letters', { text: 'größe' }, [5]],
  ['a text with marks that a query language has', { text: '100% "sure"' }, [5]],
  ['a text that would be SQL', { text: '" OR 1=1' }, [9]],
  ['a text that ends before its end', { text: 'users\0' }, []],
  ['a text that is nowhere', { text: "x' OR 'a'='a" }, []],
  ['a time', { since: at(4), until: at(6) }, [6, 5, 4]],
  ['a page', { limit: 2 }, [9, 8]],
  ['the page behind it', { limit: 2, before: 8 }, [7, 6]],
  ['what belongs to a session', { subject: 'crew-7', ofSessions: true }, [6, 2, 1]],
  ['all at once', { subject: 'crew-7', target: 'orders', verdict: 'deny', text: 'drop', since: at(1) }, [6]],
];

test('events are found', async (t) => {
  const stage = await SearchStage.set(t);
  for (const [title, query, seqs] of rows) {
    await t.test(title, async () => assert.deepEqual(await stage.seqs(query), seqs));
  }
  assert.deepEqual(stage.reports, []);
});

const byCrew: EventIdentity = {
  ...anna,
  actor: { subject: 'relay', issuer: 'https://k8s', kind: 'agent', actor: { ...crew } },
};

test('what somebody does for another is found by either, and as either’s own by the other alone', async (t) => {
  const stage = await SearchStage.set(t);
  stage.journal.append(opened('s3', byCrew, 'orders')); // 10
  stage.journal.append(ran('s3', 'SELECT 3')); // 11
  const about = { request: 'r1', target: 'orders', rule: 'x', because: 'y', forMs: 1 };
  stage.journal.append({ type: 'request.opened', ...about, identity: byCrew }); // 12
  stage.journal.commit();
  await stage.upToDate();
  const found: readonly [query: Partial<RecordQuery>, seqs: readonly number[]][] = [
    [{ subject: 'crew-7' }, [12, 11, 10, 7, 6, 2, 1]],
    [{ subject: 'crew-7', issuer: 'https://k8s', session: 's3' }, [11, 10]],
    [{ subject: 'crew-7', issuer: 'https://idp' }, []],
    [{ issuer: 'https://k8s' }, [12, 11, 10, 6, 2, 1]],
    [{ subject: 'relay' }, [12, 11, 10]],
    [{ subject: 'anna', target: 'orders' }, [12, 11, 10]],
    [{ own: { subject: 'crew-7', issuer: 'https://k8s' } }, [6, 2, 1]],
    [{ own: { subject: 'anna', issuer: 'https://idp' }, subject: 'crew-7' }, [12, 11, 10]],
  ];
  for (const [query, seqs] of found) assert.deepEqual(await stage.seqs(query), seqs, JSON.stringify(query));
  assert.deepEqual(await stage.search.sessions({ subject: 'crew-7', limit: 9 }), ['s3', 's1']);
  await stage.search.close();
  stage.start();
  await stage.upToDate();
  assert.deepEqual(await stage.seqs({ subject: 'relay' }), [12, 11, 10]);
});

test('an index of another version of the gateway is made anew', async (t) => {
  const stage = await SearchStage.set(t);
  await stage.search.close();
  const db = new DatabaseSync(stage.file);
  db.exec('DELETE FROM events WHERE seq < 5; PRAGMA user_version = 0');
  db.close();
  stage.start();
  await until('all of it', async () => (await stage.seqs({ subject: 'anna' })).length === 3);
});

const sessionRows: readonly [title: string, query: Partial<RecordedSessionQuery>, ids: readonly string[]][] =
  [
    ['all in which anything is, the last first', {}, ['s2', 's1']],
    ['behind one', { beforeSession: 's2' }, ['s1']],
    ['behind one that nobody knows', { beforeSession: 's9' }, []],
    ['with a text, once however often it ran', { text: 'users' }, ['s1']],
    ['with a command that was refused', { verdict: 'deny' }, ['s1']],
    ['in which a rule took part', { rule: 'crews read' }, ['s2', 's1']],
    ['of somebody', { subject: 'anna', rule: 'crews read' }, ['s2']],
    ['a page', { limit: 1 }, ['s2']],
  ];

test('sessions are found by what was asked in them', async (t) => {
  const stage = await SearchStage.set(t);
  for (const [title, query, ids] of sessionRows) {
    await t.test(title, async () =>
      assert.deepEqual(await stage.search.sessions({ limit: 100, ...query }), ids),
    );
  }
});

test('what is found is what stands in the journal', async (t) => {
  const stage = await SearchStage.set(t);
  const { lines, indexedTo } = await stage.search.find({ limit: 1, text: 'DROP' });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [(await stage.example.events())[5]],
  );
  assert.equal(indexedTo, 9);
});

test('it goes on behind the journal, and over a restart', async (t) => {
  const stage = await SearchStage.set(t);
  stage.journal.append(ran('s1', 'SELECT later'));
  stage.journal.commit();
  await stage.upToDate();
  assert.deepEqual(await stage.seqs({ text: 'later' }), [10]);
  await stage.search.close();
  stage.journal.append(ran('s1', 'SELECT later still'));
  stage.journal.commit();
  stage.start();
  await stage.upToDate();
  assert.deepEqual(await stage.seqs({ text: 'later', subject: 'crew-7' }), [11, 10]);
});

test('made anew it finds the same', async (t) => {
  const stage = await SearchStage.set(t);
  stage.search.reindex();
  await stage.upToDate();
  assert.deepEqual(await stage.seqs({ text: 'users', subject: 'crew-7' }), [6, 2]);
});

for (const [title, spoil] of [
  ['gone', (file: string) => unlink(file)],
  ['no database', (file: string) => writeFile(file, 'x'.repeat(10_000))],
] as const) {
  test(`an index that is ${title} is made anew`, async (t) => {
    const stage = await SearchStage.set(t);
    await stage.search.close();
    await spoil(stage.file);
    stage.start();
    await stage.upToDate();
    assert.deepEqual(await stage.seqs({ text: 'users' }), [6, 2]);
  });
}

test('an index of another journal is made anew', async (t) => {
  const stage = await SearchStage.set(t);
  const other = await exampleJournal(t);
  const journal = await other.open();
  t.after(() => journal.close());
  journal.append(ran('s9', 'SELECT elsewhere'));
  journal.commit();
  await stage.search.close();
  const search = new Search({ dir: other.dir, file: stage.file, report: () => {} });
  t.after(() => search.close());
  search.start();
  await until('the index', () => search.indexedTo === 1);
  assert.equal((await search.find({ limit: 100 })).lines.length, 1);
});

test('what was dropped is not found, and what is gone from the disk neither', async (t) => {
  const stage = await SearchStage.set(t);
  const dropped = { file: fileName(1), block: 1, hash: 'x', until: at(5), keepMs: 1, config: 'c' };
  stage.journal.append({ type: 'journal.dropped', events: 5, ...dropped });
  stage.journal.commit();
  await stage.upToDate();
  assert.deepEqual(await stage.seqs({ subject: 'crew-7' }), [7, 6]);
  assert.deepEqual(await stage.seqs({ text: 'users' }), [6]);
  await unlink(join(stage.example.dir, fileName(1)));
  assert.deepEqual(await stage.seqs({}), []);
});

test('a rule that somebody asked for is found', async (t) => {
  const stage = await SearchStage.set(t);
  const asked = { request: 'r_1', target: 'orders', rule: 'crews repair' };
  stage.journal.append({
    type: 'request.opened',
    ...asked,
    identity: crew,
    because: 'late',
    forMs: 1,
  });
  stage.journal.append({ type: 'grant.ended', ...asked, outcome: 'over' });
  stage.journal.commit();
  await stage.upToDate();
  assert.deepEqual(await stage.seqs({ rule: 'crews repair' }), [11, 10]);
});
