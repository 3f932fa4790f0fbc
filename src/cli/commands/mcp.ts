import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import type { ToolBody } from '../../api/contract/schemas/tools.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { whoOf } from '../who.ts';

export function mcp(program: Command, io: Io): void {
  const command = program.command('mcp').description('tools of MCP targets').helpCommand(false);
  tools(command, io);
  accept(command, io);
}

function tools(program: Command, io: Io): void {
  const command = program
    .command('tools <target>')
    .description('which there are, and which wait to be accepted');
  withRemote(command).action(async (target: string, options: Remote) => {
    const client = await connect(io, options);
    const found = await client.call(routes.listTools, { params: { target } });
    const none = ['No tools were seen of it yet: they are when a client first asks.'];
    say(io, options, {
      people: found.tools.length === 0 ? none : found.tools.flatMap(linesOf),
      machine: found,
    });
  });
}

function accept(program: Command, io: Io): void {
  const command = program
    .command('accept <target> [tool]')
    .description('let a tool be called as it is now; without a name, all that wait');
  withRemote(command).action(async (target: string, name: string | undefined, options: Remote) => {
    const client = await connect(io, options);
    const found = await client.call(routes.listTools, { params: { target } });
    const waiting = found.tools.filter(
      (tool) => tool.state !== 'accepted' && (name ?? tool.name) === tool.name,
    );
    if (name !== undefined && waiting.length === 0) {
      const isKnown = found.tools.some((tool) => tool.name === name);
      throw new UsageError(`${visible(name)} ${isKnown ? 'is accepted already' : 'was not seen'}`);
    }
    for (const tool of waiting) {
      const body = { name: tool.name, digest: tool.digest };
      await client.call(routes.acceptTool, { params: { target }, body });
    }
    const lines = waiting.flatMap((tool) => ['accepted:', ...linesOf(tool)]);
    const people = waiting.length === 0 ? ['Nothing waits to be accepted.'] : lines;
    say(io, options, { people, machine: { target, accepted: waiting.map((tool) => tool.name) } });
  });
}

function linesOf({ name, state, definition, accepted }: ToolBody): string[] {
  const by =
    accepted === null ? '' : accepted.by === null ? ' in the first list' : ` by ${whoOf(accepted.by)}`;
  const when = accepted === null ? '' : ` (accepted ${accepted.at}${by})`;
  return [`${visible(name)}  ${state}${when}`, ...saidOf(definition, accepted?.definition)];
}

/** All that the server says of it, field by field, with what it said when it was accepted. */
function saidOf(now: string, before: string | undefined): string[] {
  const [fields, known] = [fieldsOf(now), before === undefined ? undefined : fieldsOf(before)];
  const names = [...new Set([...fields.keys(), ...(known?.keys() ?? [])])].filter((name) => name !== 'name');
  return names.flatMap((name) => {
    const [is, was] = [fields.get(name), known?.get(name)];
    if (known === undefined || is === was)
      return is === undefined ? [] : [`    ${visible(name)}: ${visible(is)}`];
    return [
      ...(was === undefined ? [] : [`  - ${visible(name)}: ${visible(was)}`]),
      ...(is === undefined ? [] : [`  + ${visible(name)}: ${visible(is)}`]),
    ];
  });
}

function fieldsOf(definition: string): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(definition);
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(
    fields.map(([name, field]) => [name, typeof field === 'string' ? field : JSON.stringify(field)]),
  );
}
