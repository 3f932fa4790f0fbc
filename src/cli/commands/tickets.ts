import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import type { TicketBody } from '../../api/contract/schemas/tickets.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { count, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { saidOf, whoOf } from '../who.ts';

interface ListOptions extends Remote {
  readonly limit: number;
}

export function listTickets(program: Command, io: Io): void {
  const command = program
    .command('list')
    .description('live tickets that you are in, newest first')
    .option('--limit <n>', 'how many at most', count, 100);
  withRemote(command).action(async (options: ListOptions) => {
    const client = await connect(io, options);
    const found = await client.call(routes.listTickets, { query: { limit: options.limit } });
    const none = ['No live tickets.'];
    const people = found.tickets.length === 0 ? none : found.tickets.flatMap(linesOf);
    say(io, options, { people, machine: found });
  });
}

export function endTicket(program: Command, io: Io): void {
  const command = program.command('end <id>').description('end a ticket early, with all that came from it');
  withRemote(command).action(async (id: string, options: Remote) => {
    const client = await connect(io, options);
    const ended = await client.call(routes.endTicket, { params: { id } });
    const people = [`${visible(id)} is ended; tickets: ${ended.tickets}, live sessions: ${ended.sessions}`];
    say(io, options, { people, machine: { id, ...ended } });
  });
}

function linesOf({ id, identity, targets, rules, expiresAt }: TicketBody): string[] {
  const body = [
    ...(targets === undefined ? [] : [`targets: ${targets.map(visible).join(', ') || 'none'}`]),
    ...(rules === undefined
      ? []
      : [`rules:   ${rules.map((rule) => `"${visible(rule)}"`).join(', ') || 'none'}`]),
    ...saidOf(identity),
  ];
  return [`${visible(id)}  until ${expiresAt}: ${whoOf(identity)}`, ...body.map((line) => `    ${line}`)];
}
