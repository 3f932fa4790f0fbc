import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import { requestState } from '../../api/contract/schemas/requests.ts';
import type { RequestableBody, RequestBody } from '../../api/contract/schemas/requests.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { count, duration, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { saidOf, whoOf } from '../who.ts';

interface AskOptions extends Remote {
  readonly rule: string;
  readonly for?: number;
  readonly because: string;
}

interface ListOptions extends Remote {
  readonly state: string;
  readonly limit: number;
}

interface DecideOptions extends Remote {
  readonly because?: string;
}

export function request(program: Command, io: Io): void {
  const command = program
    .command('request <target>')
    .description('ask for a dormant rule to wake for you')
    .requiredOption('--rule <name>', 'which one')
    .requiredOption('--because <reason>', 'why, for those who decide')
    .option('--for <time>', 'for how long: 30m (default: as the rule lets)', duration);
  withRemote(command).action(async (target: string, options: AskOptions) => {
    const { rule, for: forMs, because } = options;
    const client = await connect(io, options);
    const asked = await client.call(routes.openRequest, {
      body: { target, rule, because, ...(forMs === undefined ? {} : { forMs }) },
    });
    const people = linesOf(asked, io.now(), `to look: sallyport requests list ${visible(asked.id)}`);
    say(io, options, { people, machine: asked });
  });
}

export function requests(program: Command, io: Io): void {
  const command = program.command('requests').description('requests that concern you').helpCommand(false);
  list(command, io);
  decide(command, io, 'approve', 'let a dormant rule wake');
  decide(command, io, 'deny', 'refuse a request');
  end(command, io);
}

function list(program: Command, io: Io): void {
  const command = program
    .command('list [id]', { isDefault: true })
    .description('what waits, what is awake, what you may ask for')
    .option('--state <state>', `${requestState.options.join(', ')} or all`, 'all')
    .option('--limit <n>', 'how many at most', count, 20);
  withRemote(command).action(async (id: string | undefined, options: ListOptions) => {
    const state = stateOf(options.state);
    const client = await connect(io, options);
    if (id !== undefined) {
      const one = await client.call(routes.getRequest, { params: { id } });
      return say(io, options, { people: linesOf(one, io.now()), machine: one });
    }
    const query = { limit: options.limit, ...(state === undefined ? {} : { state }) };
    const found = await client.call(routes.listRequests, { query });
    const none = ['There are no requests that concern you.', ''];
    const people = [
      ...(found.requests.length === 0 ? none : found.requests.flatMap((one) => linesOf(one, io.now()))),
      ...found.requestable.flatMap(offerOf),
    ];
    return say(io, options, { people, machine: found });
  });
}

function decide(program: Command, io: Io, decision: 'approve' | 'deny', what: string): void {
  const command = program
    .command(`${decision} <id>`)
    .description(what)
    .option('--because <reason>', 'for the record, and for whoever asked');
  withRemote(command).action(async (id: string, options: DecideOptions) => {
    const { because } = options;
    const client = await connect(io, options);
    const { state } = await client.call(routes.decideRequest, {
      params: { id },
      body: { decision, ...(because === undefined ? {} : { because }) },
    });
    const more = state === 'pending' ? ': others must agree too' : '';
    say(io, options, { people: [`${visible(id)} is ${state}${more}`], machine: { id, state } });
  });
}

function end(program: Command, io: Io): void {
  const command = program.command('end <id>').description('take a request back, or end its grant early');
  withRemote(command).action(async (id: string, options: Remote) => {
    const client = await connect(io, options);
    const { state } = await client.call(routes.endRequest, { params: { id } });
    say(io, options, { people: [`${visible(id)} is ${state}`], machine: { id, state } });
  });
}

function stateOf(text: string) {
  if (text === 'all') return undefined;
  const parsed = requestState.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`"${text}" is no state`, `One of ${requestState.options.join(', ')}, or all.`);
}

/** What an approver must see, with nothing in it that a terminal would obey. `next`: what to do while it waits. */
function linesOf(
  it: RequestBody,
  nowMs: number,
  next = `to decide: sallyport requests approve ${visible(it.id)}, or deny`,
): string[] {
  const left = it.until === null ? 0 : Date.parse(it.until) - nowMs;
  const awake = it.state === 'granted' ? `, ${timeOf(left)} left` : '';
  const body = [
    `rule:    "${visible(it.rule)}" on ${visible(it.target)}, for ${timeOf(it.forMs)}`,
    `lets:    ${it.lets.map(visible).join('; ')}`,
    `because: ${visible(it.because)}`,
    ...saidOf(it.identity),
    ...it.warnings.map((warning) => `WARNING: ${visible(warning)}`),
    ...(it.self ? ['WARNING: Woken without anybody who agreed.'] : []),
    ...it.decisions.map(
      ({ by, decision, because }) =>
        `${decision === 'approve' ? 'agreed' : 'denied'}: ${visible(by.subject)}${because === null ? '' : `: ${visible(because)}`}`,
    ),
    ...(it.state === 'pending' ? [next] : []),
  ];
  return [
    `${visible(it.id)}  ${it.state}${awake}: ${whoOf(it.identity)}`,
    ...body.map((line) => `    ${line}`),
    '',
  ];
}

function offerOf({ target, rule, lets, forMs, self }: RequestableBody): string[] {
  const how = self ? 'at once, loudly' : 'once approved';
  return [
    `You may ask for "${visible(rule)}" on ${visible(target)}: up to ${timeOf(forMs)}, ${how}`,
    `    lets: ${lets.map(visible).join('; ')}`,
  ];
}

/** In the largest unit that it is a whole number of, or in minutes. */
function timeOf(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds % 3600 === 0 && seconds > 0) return `${seconds / 3600} h`;
  return seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
