import type { Command } from 'commander';
import type { EventBody } from '../../api/contract/schemas.ts';
import { recordedEvent } from '../../api/contract/schemas/recorded.ts';
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

async function* replayable(events: AsyncIterable<EventBody>): AsyncIterable<ReplayEvent> {
  for await (const event of events) yield recordedEvent.parse(event);
}
