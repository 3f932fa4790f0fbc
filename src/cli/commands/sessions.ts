import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import type { SessionBody } from '../../api/contract/schemas.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { count, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { table } from '../replay-table.ts';
import { shortWhoOf } from '../who.ts';

interface ListOptions extends Remote {
  readonly state?: string;
  readonly target?: string;
  readonly subject?: string;
  readonly after?: string;
  readonly limit: number;
}

export function sessions(program: Command, io: Io): void {
  const command = program
    .command('sessions')
    .description('sessions that you may see, newest first')
    .option('--state <state>', 'live or ended')
    .option('--target <name>', 'on this target')
    .option('--subject <name>', 'of this identity, or in which it acts for another')
    .option('--after <id>', 'those before this one')
    .option('--limit <n>', 'how many at most', count, 50);
  withRemote(command).action(async (options: ListOptions) => {
    const { target, subject, after, limit } = options;
    const state = stateOf(options.state);
    const client = await connect(io, options);
    const found = await client.call(routes.listSessions, {
      query: {
        ...(state === undefined ? {} : { state }),
        ...(target === undefined ? {} : { target }),
        ...(subject === undefined ? {} : { subject }),
        ...(after === undefined ? {} : { after }),
        limit,
      },
    });
    say(io, options, { people: linesOf(found.sessions), machine: found });
  });
}

export function kill(program: Command, io: Io): void {
  const command = program.command('kill <id>').description('end a live session at once');
  withRemote(command).action(async (id: string, options: Remote) => {
    const client = await connect(io, options);
    const { ended } = await client.call(routes.killSession, { params: { id } });
    const people = [ended > 0 ? `${visible(id)} is ended` : `${visible(id)} had just ended`];
    say(io, options, { people, machine: { id, ended } });
  });
}

function stateOf(text: string | undefined): 'live' | 'ended' | undefined {
  if (text === undefined || text === 'live' || text === 'ended') return text;
  throw new UsageError(`"${text}" is no state`, 'It is live or ended.');
}

const columns = ['session', 'who', 'target', 'opened', 'ended', 'commands', 'rows'];

function linesOf(found: readonly SessionBody[]): string[] {
  if (found.length === 0) return ['No sessions.'];
  const rows = found.map(({ id, identity, target, openedAt, closedAt, reason, commands, rows: count }) => [
    id,
    shortWhoOf(identity),
    target,
    openedAt,
    closedAt === null ? 'live' : (reason ?? closedAt),
    String(commands),
    String(count),
  ]);
  return table(columns, rows, (line) => line);
}
