import { describeMasks, peopleColumns, secretsOf } from './masking-tables.ts';
import type { TargetName } from './masking-tables.ts';
import { asked } from './messages.ts';
import type { Form } from './messages.ts';
import { cpuMs } from './process-facts.ts';
import { RawClient } from './raw-client.ts';
import type { Place } from './raw-client.ts';

/** A statement that gives back all rows, and the targets that it is sent through, beside straight to the server. */
export interface LargeAnswer {
  readonly what: string;
  readonly text: string;
  readonly form: Form;
  readonly hidden: readonly Hidden[];
}

/** What a target hides of an answer. */
interface Hidden {
  readonly target: TargetName;
  readonly what: string;
  /** The time against direct that DESIGN.md §11 has for it, if it has one. */
  readonly goal?: number;
  /** What no answer may show. */
  readonly secrets: readonly string[];
}

const peopleRows = `SELECT ${peopleColumns} FROM people`;
const one: Hidden = { target: 'one', what: 'one column masked', goal: 1.15, secrets: secretsOf(1) };
const hidden: readonly Hidden[] = [
  { target: 'none', what: 'nothing masked', secrets: [] },
  one,
  { target: 'three', what: 'three columns masked', secrets: secretsOf(3) },
  { target: 'ten', what: 'ten columns masked', secrets: secretsOf(10) },
];

export const largeAnswers: readonly LargeAnswer[] = [
  { what: 'rows of 12 columns, text', text: peopleRows, form: 'text', hidden },
  { what: 'rows of 12 columns, binary', text: peopleRows, form: 'binary', hidden },
  {
    what: 'rows of `id, name, upper(email)`, text',
    text: 'SELECT id, name, upper(email) FROM people',
    form: 'text',
    hidden: [{ target: 'one', what: 'the computed column masked', secrets: ['@MAIL.'] }],
  },
  {
    what: 'rows of `id, at, payload`, text',
    text: 'SELECT id, at, payload FROM events',
    form: 'text',
    hidden: [{ target: 'places', what: '`payload#/user/phone` masked', secrets: ['+1 202'] }],
  },
  {
    what: '`COPY people TO STDOUT` of 12 columns, text',
    text: `COPY people (${peopleColumns}) TO STDOUT`,
    form: 'simple',
    hidden: [one],
  },
];

/** How the masks of `hidden` are described in the report. */
export const masksOf = { one: describeMasks(1), three: describeMasks(3), ten: describeMasks(10) };

export interface Took {
  readonly ms: number;
  readonly bytes: number;
  /** CPU time of the gateway meanwhile; 0 without one. */
  readonly cpuMs: number;
}

/**
 * Reads an answer to its end with a client that counts bytes.
 * @param pid of the gateway, where there is one between
 * @param secrets what the first bytes that come must not have in them
 * @throws Error where one is there, or where not all rows have come
 */
export async function readAll(
  place: Place,
  { text, form }: Pick<LargeAnswer, 'text' | 'form'>,
  rows: number,
  { pid, secrets = [] }: { readonly pid?: number; readonly secrets?: readonly string[] } = {},
): Promise<Took> {
  const client = await RawClient.open(place);
  const look = (first: Buffer): void => {
    const shown = secrets.find((secret) => first.includes(secret));
    if (shown !== undefined) throw new Error(`${shown} is in the answer to ${text}`);
  };
  const cpuBefore = pid === undefined ? 0 : cpuMs(pid);
  const from = performance.now();
  const bytes = await client.ask(asked(text, form), look);
  const ms = performance.now() - from;
  const cpu = pid === undefined ? 0 : cpuMs(pid) - cpuBefore;
  const whole = ['SELECT', 'COPY'].some((tag) => client.endedWith(`${tag} ${rows}`));
  if (!whole) throw new Error(`not ${rows} rows, but ${bytes} bytes came for ${text}`);
  await client.close();
  return { ms, bytes, cpuMs: cpu };
}
