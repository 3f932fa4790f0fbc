import type { Command } from 'commander';
import { z } from 'zod';
import type { EventBody } from '../../api/contract/schemas.ts';
import { connect } from '../connect.ts';
import type { Io } from '../io.ts';
import { speed, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { renderReplay } from '../replay-text.ts';
import type { ReplayEvent } from '../replay-text.ts';

interface Options extends Remote {
  readonly speed: number;
  readonly follow?: boolean;
}

export function replay(program: Command, io: Io): void {
  const command = program
    .command('replay <id>')
    .description('play a session as it was recorded')
    .option('--speed <n>', '1 as it happened, 2 twice as fast, 0 at once', speed, 1)
    .option('--follow', 'go on with a live session until it ends');
  withRemote(command).action(async (id: string, options: Options) => {
    const client = await connect(io, options);
    const events = client.events(id, { follow: options.follow ?? false });
    if (options.json === true) {
      for await (const event of events) io.stdout.write(`${JSON.stringify(event)}\n`);
      return;
    }
    const color = io.stdout.isTTY === true && io.env['NO_COLOR'] === undefined;
    const pace = { now: io.now, wait: io.wait };
    const text = renderReplay(replayable(events), { speed: options.speed, color, pace });
    for await (const part of text) io.stdout.write(part);
  });
}

const text = z.string().optional().catch(undefined);
const texts = z.array(z.string()).optional().catch(undefined);
const count = z.number().optional().catch(undefined);
const cell = z.union([z.string(), z.null(), z.object({ hex: z.string() })]);
const somebody = z.object({
  subject: z.string(),
  issuer: z.string(),
  kind: z.string(),
  groups: z.array(z.string()).catch([]),
  purpose: text,
  task: text,
  get actor() {
    return somebody.optional();
  },
});
const person = somebody.optional().catch(undefined);

/** A member that is not what it should be is left out: a replay goes on. */
const replayEvent = z.object({
  seq: z.number(),
  time: z.string(),
  type: z.string(),
  session: text,
  protocol: text,
  client: text,
  target: text,
  application: text,
  user: text,
  text,
  verdict: text,
  approval: text,
  code: text,
  because: text,
  tag: text,
  error: text,
  decision: text,
  outcome: text,
  reason: text,
  identity: person,
  by: person,
  command: count,
  commands: count,
  rows: count,
  bytes: count,
  masked: count,
  effects: texts,
  rules: texts,
  columns: texts,
  parameters: z.array(cell).optional().catch(undefined),
  first: z.array(z.array(cell)).optional().catch(undefined),
  failures: z
    .array(z.object({ rule: z.string(), error: z.string() }))
    .optional()
    .catch(undefined),
});

async function* replayable(events: AsyncIterable<EventBody>): AsyncIterable<ReplayEvent> {
  for await (const event of events) yield replayEvent.parse(event);
}
