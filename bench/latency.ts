import { asked, execution, preparation } from './messages.ts';
import type { Form } from './messages.ts';
import { RawClient } from './raw-client.ts';
import type { Place } from './raw-client.ts';
import { kinds, shapes } from './statements.ts';
import type { Kind, Shape } from './statements.ts';

/** How a statement is sent. */
export interface Way {
  readonly what: string;
  readonly form: Form | 'prepared';
  /** What was sent of it before: nothing like it, a text that differs in a number, or the very text. */
  readonly before: 'nothing' | 'number' | 'text';
}

export const ways: readonly Way[] = [
  { what: 'a text never seen, simple', form: 'simple', before: 'nothing' },
  { what: 'a text that differs in a number, simple', form: 'simple', before: 'number' },
  { what: 'the same text again, simple', form: 'simple', before: 'text' },
  { what: 'a text never seen, Parse to Sync', form: 'text', before: 'nothing' },
  { what: 'a text that differs in a number, Parse to Sync', form: 'text', before: 'number' },
  { what: 'the same text again, Parse to Sync', form: 'text', before: 'text' },
  { what: 'prepared once, Bind to Sync', form: 'prepared', before: 'text' },
];

/** Microseconds from the first byte sent to the last received, one statement after the other. */
export type Latencies = Readonly<Record<Kind, readonly number[]>>;

const all = kinds.flatMap((kind) => shapes[kind].map((shape) => ({ kind, shape })));

/** Numbers that make texts: no two statements that are to be new are ever the same. */
let lastNumber = 100_000;

/** Sends every shape `times` times, and once before where the text is to be known. */
export async function latencies(client: RawClient, way: Way, times: number): Promise<Latencies> {
  const took: Record<Kind, number[]> = { plain: [], sensitive: [] };
  const ready = await readied(client, way);
  for (let time = 0; time < times; time++) {
    for (const { kind, messages } of ready) took[kind].push(await micros(client, messages()));
  }
  return took;
}

interface Ready {
  readonly kind: Kind;
  /** What is to be sent next. */
  readonly messages: () => Buffer;
}

async function readied(client: RawClient, { form, before }: Way): Promise<Ready[]> {
  const ready: Ready[] = [];
  for (const [index, { kind, shape }] of all.entries()) {
    const messages = form === 'prepared' ? await prepared(client, shape, index) : asked(shape(7), form);
    if (before !== 'nothing') await client.ask(messages);
    const next = (): Buffer =>
      before === 'text' || form === 'prepared' ? messages : asked(anew(shape, before), form);
    ready.push({ kind, messages: next });
  }
  return ready;
}

async function prepared(client: RawClient, shape: Shape, index: number): Promise<Buffer> {
  // Several rounds use one connection, and a name can be given once only.
  const name = `s${index}_${++lastNumber}`;
  await client.ask(preparation(name, shape(7)));
  return execution(name);
}

/** Blanks and tabs for a number's bits: then it is no text of a form that is known either. */
function anew(shape: Shape, before: 'nothing' | 'number'): string {
  const number = ++lastNumber;
  const bits = number.toString(2).replaceAll('0', ' ').replaceAll('1', '\t');
  return before === 'number' ? shape(number) : shape(number) + bits;
}

async function micros(client: RawClient, messages: Buffer): Promise<number> {
  const from = performance.now();
  await client.ask(messages);
  return (performance.now() - from) * 1000;
}

/**
 * Asks everything once, both ways. A figure of a statement that is refused, or whose answer is not masked, would be
 * worth nothing.
 * @throws Error that says which one it is
 */
export async function checkShapes(direct: Place, hidden: Place, secrets: readonly string[]): Promise<void> {
  await checkAnswers(direct, []);
  await checkAnswers(hidden, secrets);
}

async function checkAnswers(place: Place, secrets: readonly string[]): Promise<void> {
  const client = await RawClient.open(place);
  for (const { shape } of all) {
    const text = shape(7);
    const look = (bytes: Buffer): void => {
      const shown = secrets.find((secret) => bytes.includes(secret));
      if (shown !== undefined) throw new Error(`${shown} is in the answer`);
    };
    await client.ask(asked(text, 'simple'), look).catch((error: unknown) => {
      throw new Error(`not fit to be measured: ${text}`, { cause: error });
    });
  }
  await client.close();
}
