import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { csvOf, ndjsonOf } from '../../api/contract/exported.ts';
import { connect } from '../connect.ts';
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

function format(text: string): 'ndjson' | 'csv' {
  if (text === 'ndjson' || text === 'csv') return text;
  throw new InvalidArgumentError('It is ndjson or csv.');
}
