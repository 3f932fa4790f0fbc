import { previewLines } from '../preview-lines.ts';
import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import { approvalState } from '../../api/contract/schemas.ts';
import type { ApprovalBody } from '../../api/contract/schemas.ts';
import { visible, visibleLines } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { count, duration, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { saidOf, whoOf } from '../who.ts';

interface ListOptions extends Remote {
  readonly state: string;
  readonly limit: number;
}

interface DecideOptions extends Remote {
  readonly because?: string;
  readonly for?: number;
}

export function approvals(program: Command, io: Io): void {
  const command = program
    .command('approvals [id]')
    .description('held commands that concern you')
    .option('--state <state>', `${approvalState.options.join(', ')} or all`, 'pending')
    .option('--limit <n>', 'how many at most', count, 50);
  withRemote(command).action(async (id: string | undefined, options: ListOptions) => {
    const state = stateOf(options.state);
    const client = await connect(io, options);
    if (id !== undefined) {
      const one = await client.call(routes.getApproval, { params: { id } });
      return say(io, options, { people: linesOf(one, io.now()), machine: one });
    }
    const query = { limit: options.limit, ...(state === undefined ? {} : { state }) };
    const { approvals: found } = await client.call(routes.listApprovals, { query });
    const none = ['Nothing is held that concerns you.'];
    const people = found.length === 0 ? none : found.flatMap((one) => linesOf(one, io.now()));
    return say(io, options, { people, machine: { approvals: found } });
  });
}

export function approve(program: Command, io: Io): void {
  const command = program
    .command('approve <id>')
    .description('let a held command run, once')
    .option('--because <reason>', 'for the record')
    .option('--for <time>', 'any number of times, for so long, where the rules let', duration);
  withRemote(command).action(decide(io, 'approve'));
}

export function deny(program: Command, io: Io): void {
  const command = program
    .command('deny <id>')
    .description('refuse a held command, or end an approval that stands');
  withRemote(command.option('--because <reason>', 'what the client is told')).action(decide(io, 'deny'));
}

function decide(io: Io, decision: 'approve' | 'deny') {
  return async (id: string, options: DecideOptions): Promise<void> => {
    const { because, for: forMs } = options;
    const until = forMs === undefined ? {} : { until: new Date(io.now() + forMs).toISOString() };
    const client = await connect(io, options);
    const { state } = await client.call(routes.decideApproval, {
      params: { id },
      body: { decision, ...(because === undefined ? {} : { because }), ...until },
    });
    const more = state === 'pending' ? ': others must agree too' : '';
    say(io, options, { people: [`${visible(id)} is ${state}${more}`], machine: { id, state } });
  };
}

function stateOf(text: string) {
  if (text === 'all') return undefined;
  const parsed = approvalState.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`"${text}" is no state`, `One of ${approvalState.options.join(', ')}, or all.`);
}

/** What an approver must see, with nothing in it that a terminal would obey. */
function linesOf(it: ApprovalBody, nowMs: number): string[] {
  const { identity, parameters } = it;
  const age = ageOf(nowMs - Date.parse(it.createdAt));
  const waits = it.waiting && it.state === 'pending' ? ', its client waits' : '';
  const body = [
    ...visibleLines(it.text).map((line) => `| ${line}`),
    ...parameters.map((value, at) => `$${at + 1} = ${shownValue(value)}`),
    ...(it.clipped ? [`shortened here: sallyport approvals ${visible(it.id)}`] : []),
    ...it.warnings.map((warning) => `WARNING: ${visible(warning)}`),
    ...(it.unbounded ? ['WARNING: It is about every row: there is no WHERE that selects.'] : []),
    ...saidOf(identity),
    `effects: ${it.effects.map(visible).join(', ')}`,
    `rules:   ${it.rules.map((rule) => `"${visible(rule)}"`).join(', ')}`,
    ...(it.estimate === null
      ? []
      : [
          `planner: about ${it.estimate.rows} ${it.estimate.rows === 1 ? 'row' : 'rows'}, cost ${it.estimate.cost}`,
        ]),
    ...(it.preview === null ? [] : previewLines(it.preview, it.state === 'pending' ? nowMs : undefined)),
    ...(it.standing && it.state === 'approved' ? [`stands until ${it.validUntil ?? ''}: deny ends it`] : []),
    ...it.decisions.map(
      ({ by, decision, because }) =>
        `${decision === 'approve' ? 'agreed' : 'denied'}: ${visible(by.subject)}${because === null ? '' : `: ${visible(because)}`}`,
    ),
    ...(it.state === 'pending' ? [`to decide: sallyport approve ${visible(it.id)}, or deny`] : []),
    ...(it.state === 'pending' ? mayStand(it) : []),
  ];
  const title = `${visible(it.id)}  ${it.state}, ${age} old${waits}: ${whoOf(identity)} on ${visible(it.target)}`;
  return [title, ...body.map((line) => `    ${line}`), ''];
}

/** For how long it could be approved at once, where all of its rules say so. */
function mayStand({ approvers }: ApprovalBody): string[] {
  const longest = Math.min(...approvers.map(({ untilMs }) => untilMs ?? 0));
  if (!Number.isFinite(longest) || longest === 0) return [];
  return [`may stand for up to ${ageOf(longest)}: sallyport approve --for …`];
}

function shownValue(value: ApprovalBody['parameters'][number]): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${visible(value)}'`;
  const { hex, bytes, sha256 } = value;
  const whole = bytes === undefined ? '' : `… (${bytes} bytes, SHA-256 ${visible(sha256 ?? 'unknown')})`;
  return `\\x${visible(hex)}${whole}`;
}

/** In the largest unit that gives at least one. */
function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
