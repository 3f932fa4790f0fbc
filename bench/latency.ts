import { asked, execution, preparation } from './messages.ts';
import type { Form } from './messages.ts';
import { RawClient } from './raw-client.ts';
import type { Place } from './raw-client.ts';
import { kinds, shapes } from './statements.ts';
import type { Kind, Shape } from './statements.ts';

/** Whether a text was seen before, and how it is sent. */
export const ways = {
  'a text never seen, simple': { form: 'simple', seen: false },
  'the same text again, simple': { form: 'simple', seen: true },
  'a text never seen, Parse to Sync': { form: 'text', seen: false },
  'the same text again, Parse to Sync': { form: 'text', seen: true },
  'prepared once, Bind to Sync': { form: 'prepared', seen: true },
} as const satisfies Readonly<Record<string, { form: Form | 'prepared'; seen: boolean }>>;
export type Way = keyof typeof ways;

/** Microseconds from the first byte sent to the last received, one statement after the other. */
export type Latencies = Readonly<Record<Kind, readonly number[]>>;

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

async function readied(client: RawClient, way: Way): Promise<Ready[]> {
  const { form, seen } = ways[way];
  const all = kinds.flatMap((kind) => shapes[kind].map((shape) => ({ kind, shape })));
  if (!seen) return all.map(({ kind, shape }) => ({ kind, messages: () => asked(anew(shape), form) }));
  const ready: Ready[] = [];
  for (const [index, { kind, shape }] of all.entries()) {
    const again = form === 'prepared' ? await prepared(client, shape, index) : asked(shape(7), form);
    await client.ask(again);
    ready.push({ kind, messages: () => again });
  }
  return ready;
}

async function prepared(client: RawClient, shape: Shape, index: number): Promise<Buffer> {
  // Several rounds use one connection, and a name can be given once only.
  const name = `s${index}_${++lastNumber}`;
  await client.ask(preparation(name, shape(7)));
  return execution(name);
}

function anew(shape: Shape): string {
  return shape(++lastNumber);
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
  for (const text of kinds.flatMap((kind) => shapes[kind].map((shape) => shape(7)))) {
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
