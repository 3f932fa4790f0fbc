import { setTimeout as pause } from 'node:timers/promises';

import type { Chance } from './chance.ts';
import type { Connection, Rows } from './drivers.ts';
import type { Ledger, MarkKind } from './ledger.ts';
import { customers } from './shop.ts';

/** A client in one of its sessions. */
export interface Visit {
  readonly name: string;
  /** `loaders` write at once, `crews` with a nod. */
  readonly group: Group;
  readonly chance: Chance;
  readonly ledger: Ledger;
  readonly connection: Connection;
}

export type Group = 'crews' | 'loaders';
export type Act = (visit: Visit) => Promise<void>;

/** The client has left on purpose, in the middle of something. */
export class Left extends Error {}

const insert = 'INSERT INTO public.soak_marks (id) VALUES ($1)';
const approvalWithinMs = 10_000;

/** What any session does. */
export const readingActs: readonly [Act, ...Act[]] = [
  lookUp,
  lookUp,
  byToken,
  join,
  document,
  large,
  wait,
  fault,
  forbidden,
];
export const loaderActs: readonly [Act, ...Act[]] = [writeAtOnce, writeAtOnce, transaction, rollBack];
export const crewActs: readonly [Act, ...Act[]] = [approved, denied, approvedLate, left, leftWhileDecided];

/** A customer, whose hidden values come masked. */
async function lookUp(visit: Visit): Promise<void> {
  const { chance, ledger } = visit;
  const id = chance.from(1, customers);
  const text = `SELECT $1::text, id, name, email, phone, card, ssn, note FROM public.customers WHERE id = $2`;
  const [row] = await question(visit, text, [id], 1);
  const [, , name, email, phone, card, ssn] = row ?? [];
  const last4 = String(id).padStart(4, '0');
  const seen = [name, email, card, ssn];
  const due = [`Person ${id}`, 'p***@***.example', `************${last4}`, '[redacted]'];
  if (seen.join('|') !== due.join('|')) ledger.complain(`customer ${id} came as ${seen.join('|')}`);
  ledger.token(id, String(phone));
}

/** A customer again, by nothing but the token. */
async function byToken(visit: Visit): Promise<void> {
  const { chance, ledger } = visit;
  const id = chance.from(1, customers);
  const token = ledger.tokenOf(id);
  if (token === undefined) return lookUp(visit);
  const text = `SELECT $1::text, c.id, count(o.id)::int FROM public.customers c JOIN public.orders o ON o.customer = c.id
    WHERE c.phone = $2 GROUP BY c.id`;
  const [row] = await question(visit, text, [token], 1);
  if (Number(row?.[1]) !== id) ledger.complain(`the token of customer ${id} found ${row?.[1]}`);
}

/** Two tables by what is hidden in both. */
async function join(visit: Visit): Promise<void> {
  const id = visit.chance.from(1, customers);
  const text = `SELECT $1::text, c.id, k.city, k.phone FROM public.customers c JOIN public.contacts k ON k.phone = c.phone WHERE c.id = $2`;
  const [row] = await question(visit, text, [id], 1);
  if (row?.[2] !== `City ${id}`) visit.ledger.complain(`customer ${id} lives in ${row?.[2]}`);
}

async function document(visit: Visit): Promise<void> {
  const id = visit.chance.from(1, customers);
  const text = `SELECT $1::text, payload->>'kind', payload FROM public.events WHERE id = $2`;
  await question(visit, text, [id], 1);
}

/** Some megabytes, of which every row is masked. */
async function large(visit: Visit): Promise<void> {
  const rows = visit.chance.from(100, customers);
  const text = `SELECT $1::text, id, email, phone, repeat('x', 1000) FROM public.customers WHERE id <= $2`;
  await question(visit, text, [rows], rows);
}

async function wait(visit: Visit): Promise<void> {
  const text = 'SELECT $1::text, pg_sleep($2::float8 / 1000)::text';
  await question(visit, text, [visit.chance.from(1, 300)], 1);
}

/** An error of the server's own, behind which all goes on. */
async function fault(visit: Visit): Promise<void> {
  await failing(visit, visit.connection.ask('SELECT 1 / $1::int', [0]), '22012');
  await lookUp(visit);
}

/** What no rule allows, and what would tell a hidden value bit by bit. */
async function forbidden(visit: Visit): Promise<void> {
  const { connection, chance } = visit;
  const text = chance.one([
    'DROP TABLE public.soak_marks',
    'CREATE TABLE public.loot AS SELECT * FROM public.customers',
    `SELECT count(*) FROM public.customers WHERE email LIKE 'p1%'`,
    'SELECT id FROM public.customers ORDER BY ssn',
    'SELECT rolname FROM pg_catalog.pg_authid',
  ]);
  await failing(visit, connection.ask(text), '42501');
}

async function writeAtOnce(visit: Visit): Promise<void> {
  await mark(visit, 'a');
}

async function transaction(visit: Visit): Promise<void> {
  const { connection, ledger } = visit;
  await connection.ask('BEGIN');
  const ids = [await insertMark(visit, 't'), await insertMark(visit, 't')];
  await connection.ask('SAVEPOINT here');
  await failing(visit, connection.ask('SELECT 1 / $1::int', [0]), '22012');
  await connection.ask('ROLLBACK TO SAVEPOINT here');
  await connection.ask('COMMIT');
  for (const id of ids) ledger.acknowledged.add(id);
}

async function rollBack(visit: Visit): Promise<void> {
  await visit.connection.ask('BEGIN');
  await insertMark(visit, 'r');
  await visit.connection.ask('ROLLBACK');
}

async function approved(visit: Visit): Promise<void> {
  const outcome = await mark(visit, 'y');
  // Whoever decides may have been away for longer than the client waits.
  if (outcome !== undefined && outcome !== 'hold_pending')
    visit.ledger.complain(`approved, and yet ${outcome}`);
}

async function denied(visit: Visit): Promise<void> {
  const outcome = await mark(visit, 'n');
  if (outcome === undefined) visit.ledger.complain('a denied command ran');
}

/** Sent again once it is approved, it runs; once more, it is held anew. */
async function approvedLate(visit: Visit): Promise<void> {
  const { connection, chance, ledger, name } = visit;
  const id = ledger.id('w', name);
  const first = await held(connection.ask(insert, [id]));
  if (first === undefined) return ledger.complain(`${id} ran before it was approved`);
  if (first !== 'hold_pending') return;
  const from = performance.now();
  while (!ledger.approved.has(id)) {
    if (performance.now() - from > approvalWithinMs) return ledger.count('held, and approved by nobody');
    await pause(20);
  }
  const second = await held(connection.ask(insert, [id]));
  if (second === 'hold_pending') return;
  if (second !== undefined) return ledger.complain(`${id} was approved, and yet ${second}`);
  ledger.acknowledged.add(id);
  await leaveIn(visit, id, chance.from(1, 300));
}

async function left(visit: Visit): Promise<void> {
  await leaveIn(visit, visit.ledger.id('l', visit.name), visit.chance.from(1, 800));
}

async function leftWhileDecided(visit: Visit): Promise<void> {
  await leaveIn(visit, visit.ledger.id('x', visit.name), visit.chance.from(1, 150));
}

/** Asks for a held write, and goes before it is answered, or soon after. */
async function leaveIn({ connection, ledger }: Visit, id: string, afterMs: number): Promise<void> {
  const answer = connection.ask(insert, [id]).then(
    () => ledger.acknowledged.add(id),
    () => undefined,
  );
  await pause(afterMs);
  connection.drop();
  await answer;
  throw new Left();
}

/** The code of what refused it, or undefined where it ran. */
async function mark(visit: Visit, kind: MarkKind): Promise<string | undefined> {
  const id = visit.ledger.id(kind, visit.name);
  const outcome = await held(visit.connection.ask(insert, [id]));
  if (outcome === undefined) visit.ledger.acknowledged.add(id);
  visit.ledger.count(outcome === undefined ? 'writes done' : `writes not done: ${outcome}`);
  return outcome;
}

async function insertMark({ connection, ledger, name }: Visit, kind: MarkKind): Promise<string> {
  const id = ledger.id(kind, name);
  await connection.ask(insert, [id]);
  return id;
}

/** Asks, and sees to it that every row is an answer to this question. `$1` is its id, `$2` … the values. */
async function question(
  { connection, ledger, name }: Visit,
  text: string,
  values: readonly (string | number)[],
  rowsDue: number,
): Promise<Rows> {
  const id = ledger.id('q', name);
  const rows = await connection.ask(text, [id, ...values]);
  const strange = rows.find(([first]) => first !== id);
  if (strange !== undefined)
    ledger.complain(`${id} was answered with ${JSON.stringify(strange).slice(0, 200)}`);
  if (rows.length !== rowsDue) ledger.complain(`${id} was answered with ${rows.length} rows, not ${rowsDue}`);
  ledger.answered.add(id);
  ledger.count('questions answered');
  return rows;
}

/** @throws whatever else goes wrong */
async function failing({ ledger }: Visit, answer: Promise<unknown>, sqlstate: string): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (sqlstateOf(error) !== sqlstate) throw error;
    return ledger.count(`errors as due: ${sqlstate}`);
  }
  ledger.complain(`no error, where ${sqlstate} was due`);
}

/** The gateway's own code where it refused a held command. @throws whatever else goes wrong */
async function held(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    const code = refusalOf(error);
    if (code?.startsWith('hold_') === true) return code;
    throw error;
  }
}

export function sqlstateOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The gateway's code, which stands in DETAIL. */
export function refusalOf(error: unknown): string | undefined {
  const { detail } = error as { detail?: unknown };
  return typeof detail === 'string' ? /^\{"code":"(\w+)"/.exec(detail)?.[1] : undefined;
}
