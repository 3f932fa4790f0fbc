import { visible, visibleLines } from '../api/contract/visible.ts';
import { table } from './replay-table.ts';
import type { Cell } from './replay-table.ts';
import { saidOf, whoOf } from './who.ts';
import type { Person } from './who.ts';

/** An event as the API sends it; every type uses some of these. */
export interface ReplayEvent {
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  /** When it happened, where that is before `time`. */
  readonly at?: string | undefined;
  readonly type: string;
  readonly session?: string | undefined;
  readonly protocol?: string | undefined;
  readonly client?: string | undefined;
  readonly target?: string | undefined;
  readonly identity?: (Person & { readonly groups: readonly string[] }) | undefined;
  readonly application?: string | undefined;
  readonly user?: string | undefined;
  readonly command?: number | undefined;
  readonly text?: string | undefined;
  readonly parameters?: readonly Cell[] | undefined;
  readonly effects?: readonly string[] | undefined;
  readonly verdict?: string | undefined;
  readonly rules?: readonly string[] | undefined;
  readonly failures?: readonly { readonly rule: string; readonly error: string }[] | undefined;
  readonly approval?: string | undefined;
  readonly code?: string | undefined;
  readonly because?: string | undefined;
  readonly tag?: string | undefined;
  readonly error?: string | undefined;
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
  readonly masked?: number | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly first?: readonly (readonly Cell[])[] | undefined;
  readonly decision?: string | undefined;
  readonly outcome?: string | undefined;
  readonly by?: Person | undefined;
  readonly reason?: string | undefined;
  readonly commands?: number | undefined;
}

export interface ReplayOptions {
  /** 1: as fast as it happened; 2: twice as fast; 0: at once. */
  readonly speed: number;
  readonly color: boolean;
  readonly pace: Pace;
}

/** Time as the player's clock tells it, in milliseconds. */
export interface Pace {
  now(): number;
  wait(ms: number): Promise<void>;
}

type Ink = (code: number, text: string) => string;
const bold = 1;
const dim = 2;
const red = 31;
const green = 32;
const yellow = 33;
/** Beneath the column of times. */
const indent = ' '.repeat(12);

/** A session as text, in its own time. Whatever was recorded is shown and never obeyed (`visible`). */
export async function* renderReplay(
  events: Iterable<ReplayEvent> | AsyncIterable<ReplayEvent>,
  { speed, color, pace }: ReplayOptions,
): AsyncIterable<string> {
  const ink: Ink = (code, text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const beganMs = pace.now();
  let firstMs: number | undefined;
  for await (const event of events) {
    const atMs = Date.parse(event.at ?? event.time);
    firstMs ??= atMs;
    const aheadMs = speed > 0 ? (atMs - firstMs) / speed - (pace.now() - beganMs) : 0;
    if (aheadMs > 0) await pace.wait(aheadMs);
    const [title = '', ...more] = scene(event, ink);
    const lines = [`${ink(dim, offset(atMs - firstMs))}  ${title}`, ...more.map((line) => indent + line)];
    yield `${lines.join('\n')}\n`;
  }
}

/** `   +1.234 s` */
function offset(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}`.padStart(indent.length - 2);
}

/** First line, then what stands beneath it. Unknown types are named, so that a newer gateway's events are not hidden. */
function scene(event: ReplayEvent, ink: Ink): string[] {
  switch (event.type) {
    case 'session.opened':
      return opened(event, ink);
    case 'session.closed':
      return [ink(bold, `session ended: ${shown(event.reason)}`), counted(event)];
    case 'session.killed':
      return [ink(red, `killed by ${person(event.by)}`)];
    case 'lease.made':
      return [ink(dim, `credential made for this session: ${shown(event.user)}`)];
    case 'lease.ended':
      return [ink(dim, `credential gone: ${shown(event.user)}`)];
    case 'command':
      return [`${ink(bold, `#${event.command}`)} ${allowed(event, ink)}`, ...asked(event, ink)];
    case 'command.refused':
      return [ink(red, `refused (${shown(event.code)})`), ...asked(event, ink), ...shownLines(event.because)];
    case 'command.estimated':
      return [ink(dim, 'the target is asked what it expects of what comes next')];
    case 'command.previewed':
      return [ink(yellow, `run beforehand, not committed${byRules(event)}`), ...asked(event, ink)];
    case 'preview.ended':
      return [
        ink(
          dim,
          event.outcome === 'kept' ? 'what was run beforehand is kept' : 'what was run beforehand is undone',
        ),
      ];
    case 'result':
      return result(event, ink);
    case 'hold.opened':
      return [ink(yellow, `held as ${shown(event.approval)}${byRules(event)}`), ...asked(event, ink)];
    case 'hold.decided':
      return decided(event, ink);
    case 'hold.ended':
      return [ink(dim, `hold ${shown(event.approval)} is over: ${shown(event.outcome)}`)];
    default:
      return [ink(dim, visible(event.type))];
  }
}

function opened(event: ReplayEvent, ink: Ink): string[] {
  const { session, target, protocol, client, application, identity, time } = event;
  const from = `from ${shown(client)}${application === undefined ? '' : `, ${visible(application)}`}`;
  return [
    ink(bold, `session ${shown(session)}, ${visible(time)}`),
    `${person(identity)} on ${shown(target)} (${shown(protocol)}), ${from}`,
    ...(identity === undefined
      ? []
      : [`groups:  ${identity.groups.map(visible).join(', ') || 'none'}`, ...saidOf(identity)]),
  ];
}

function allowed(event: ReplayEvent, ink: Ink): string {
  const word = event.verdict === 'hold' ? `approved (${shown(event.approval)})` : 'allowed';
  return `${ink(green, word)}${byRules(event)}`;
}

function byRules({ rules = [] }: ReplayEvent): string {
  return rules.length === 0 ? '' : ` by ${rules.map((rule) => `"${visible(rule)}"`).join(', ')}`;
}

/** Text, parameters, effects, and rules that failed. */
function asked({ text = '', parameters = [], effects = [], failures = [] }: ReplayEvent, ink: Ink): string[] {
  return [
    ...visibleLines(text).map((line) => `${ink(dim, '│')} ${line}`),
    ...parameters.map((value, index) => `$${index + 1} = ${literal(value)}`),
    ...(effects.length === 0 ? [] : [ink(dim, effects.map(visible).join(', '))]),
    ...failures.map(({ rule, error }) => ink(yellow, `rule "${visible(rule)}" failed: ${visible(error)}`)),
  ];
}

function literal(value: Cell): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `'${visible(value)}'` : `\\x${visible(value.hex)}`;
}

function result(event: ReplayEvent, ink: Ink): string[] {
  const { command, tag, error, rows = 0, first = [], columns = [] } = event;
  const outcome = error === undefined ? shown(tag ?? 'done') : ink(red, `error ${visible(error)}`);
  const unseen = rows - first.length;
  return [
    `${ink(bold, `#${command}`)} ${outcome}: ${counted(event)}`,
    ...shownLines(event.because).map((line) => ink(red, line)),
    ...table(columns, first, (heading) => ink(dim, heading)),
    ...(first.length > 0 && unseen > 0 ? [ink(dim, `… ${unseen} more rows, not recorded`)] : []),
  ];
}

function counted({ commands, rows, bytes, masked }: ReplayEvent): string {
  const parts = [
    commands === undefined ? '' : `${commands} commands`,
    rows === undefined ? '' : `${rows} rows`,
    bytes === undefined ? '' : `${bytes} bytes`,
    masked === undefined || masked === 0 ? '' : `${masked} values masked`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function decided(event: ReplayEvent, ink: Ink): string[] {
  const yes = event.decision === 'approve';
  const title = `${yes ? 'approved' : 'denied'} by ${person(event.by)} (${shown(event.approval)})`;
  return [ink(yes ? green : red, title), ...shownLines(event.because)];
}

function person(who: Person | undefined): string {
  return who === undefined ? 'somebody' : whoOf(who);
}

function shown(text: string | undefined): string {
  return visible(text ?? '?');
}

function shownLines(text: string | undefined): string[] {
  return text === undefined ? [] : visibleLines(text);
}
