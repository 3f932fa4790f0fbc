import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import type { EventBody } from '../../api/contract/schemas.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { count, eventNumber, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { moment } from '../moment.ts';

interface Options extends Remote {
  readonly subject?: string;
  readonly issuer?: string;
  readonly target?: string;
  readonly rule?: string;
  readonly verdict?: string;
  readonly type?: string;
  readonly session?: string;
  readonly since?: string;
  readonly until?: string;
  readonly after?: number;
  readonly limit: number;
}

export function search(program: Command, io: Io): void {
  const command = program
    .command('search [text]')
    .description('events of the record, newest first')
    .option('--subject <name>', 'of this identity, or done by it for another')
    .option('--issuer <url>', 'of this issuer')
    .option('--target <name>', 'on this target')
    .option('--rule <name>', 'in which this rule took part')
    .option('--verdict <verdict>', 'allow, hold or deny')
    .option('--type <type>', 'such as hold.decided')
    .option('--session <id>', 'of this session')
    .option('--since <time>', '7d, or 2026-11-23T08:00Z')
    .option('--until <time>', 'the same')
    .option('--after <seq>', 'those before this one', eventNumber)
    .option('--limit <n>', 'how many at most', count, 50);
  withRemote(command).action(async (text: string | undefined, options: Options) => {
    const client = await connect(io, options);
    const found = await client.call(routes.searchEvents, { query: queryOf(text, options, io.now()) });
    say(io, options, { people: found.events.map(lineOf), machine: found });
  });
}

function queryOf(text: string | undefined, options: Options, nowMs: number) {
  const { subject, issuer, target, rule, type, session, since, until, after, limit } = options;
  const verdict = verdictOf(options.verdict);
  return {
    ...(text === undefined ? {} : { text }),
    ...(subject === undefined ? {} : { subject }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(target === undefined ? {} : { target }),
    ...(rule === undefined ? {} : { rule }),
    ...(type === undefined ? {} : { type }),
    ...(session === undefined ? {} : { session }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(since === undefined ? {} : { since: moment(since, nowMs) }),
    ...(until === undefined ? {} : { until: moment(until, nowMs) }),
    ...(after === undefined ? {} : { after }),
    limit,
  };
}

function verdictOf(text: string | undefined): 'allow' | 'hold' | 'deny' | undefined {
  if (text === undefined || text === 'allow' || text === 'hold' || text === 'deny') return text;
  throw new UsageError(`"${text}" is no verdict`, 'It is allow, hold or deny.');
}

/** One line an event: number, time, type, session or request, and what it says, with nothing that a terminal would obey. */
function lineOf(event: EventBody): string {
  const { seq, time, type, text, because, reason, outcome, decision, subject, rule } = event;
  const said = [text, because, reason, outcome, decision, subject, rule].find(
    (one) => typeof one === 'string',
  );
  const parts = [String(seq), visible(time), visible(type).padEnd(16)];
  const of = event['session'] ?? event['request'];
  if (typeof of === 'string') parts.push(visible(of));
  return [...parts, visible(typeof said === 'string' ? said : '')].join('  ').trimEnd();
}
