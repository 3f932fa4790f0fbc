import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import type { AgentBody } from '../../api/contract/schemas/agents.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { count, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { letIn, shutOut } from './revocations.ts';
import type { ShutOutOptions } from './revocations.ts';

interface ListOptions extends Remote {
  readonly kind: string;
  readonly limit: number;
}

export function agents(program: Command, io: Io): void {
  const command = program.command('agents').description('what has been seen of agents').helpCommand(false);
  list(command, io);
  disable(command, io);
  enable(command, io);
}

function list(program: Command, io: Io): void {
  const command = program
    .command('list [subject]', { isDefault: true })
    .description('who they are, what they use, what was refused to them')
    .option('--kind <kind>', 'agent, human or all', 'agent')
    .option('--limit <n>', 'how many at most', count, 100);
  withRemote(command).action(async (subject: string | undefined, options: ListOptions) => {
    const kind = kindOf(options.kind);
    const client = await connect(io, options);
    const query = { kind, limit: options.limit, ...(subject === undefined ? {} : { subject }) };
    const found = await client.call(routes.listAgents, { query });
    const people = found.agents.length === 0 ? ['Nobody was seen yet.'] : found.agents.flatMap(linesOf);
    say(io, options, { people, machine: found });
  });
}

/** Shutting out has one mechanism: these are the words for it that one looks for beside the list. */
function disable(program: Command, io: Io): void {
  const command = program
    .command('disable <subject>')
    .description('shut it out and end its sessions, as "revoke" does')
    .option('--issuer <url>', 'only where this one vouches for it')
    .requiredOption('--because <reason>', 'for the record, and for the list');
  withRemote(command).action((subject: string, options: ShutOutOptions) => shutOut(io, subject, options));
}

function enable(program: Command, io: Io): void {
  const command = program
    .command('enable <subject>')
    .description('let it in again, as "restore" does')
    .option('--issuer <url>', 'as it was given when it was shut out');
  withRemote(command).action((subject: string, options: ShutOutOptions) => letIn(io, subject, options));
}

function kindOf(text: string): 'agent' | 'human' | 'all' {
  if (text === 'agent' || text === 'human' || text === 'all') return text;
  throw new UsageError(`"${text}" is no kind`, 'It is agent, human or all.');
}

function linesOf(it: AgentBody): string[] {
  const { disabled } = it;
  const because = disabled?.because === null ? '' : `: ${visible(disabled?.because ?? '')}`;
  const body = [
    ...(disabled === null ? [] : [`DISABLED ${disabled.at} by ${visible(disabled.by.subject)}${because}`]),
    `groups:   ${it.groups.map(visible).join(', ') || 'none'}`,
    `seen:     ${it.firstSeenAt} to ${it.lastSeenAt}, ${it.sessions} sessions (${it.liveSessions} live)`,
    `commands: ${it.commands}, refused: ${it.refusals}`,
    ...uses('targets', it.targets),
    ...uses('rules', it.rules),
  ];
  const title = `${it.kind} ${visible(it.subject)} (${visible(it.issuer)})`;
  return [title, ...body.map((line) => `    ${line}`), ''];
}

function uses(title: string, all: AgentBody['targets']): string[] {
  const shown = all.map(({ name, commands, refusals }) => {
    const refused = refusals === 0 ? '' : `, ${refusals} refused`;
    return `"${visible(name)}" ${commands}${refused}`;
  });
  return shown.length === 0 ? [] : [`${title}:`.padEnd(10) + shown.join('; ')];
}
