import type { RecordedEvent, RecordedPerson } from '../../../api/contract/schemas/recorded.ts';

/** What came back of a command. */
export interface Result extends Pick<
  RecordedEvent,
  'tag' | 'error' | 'bytes' | 'masked' | 'columns' | 'first' | 'maskedAt'
> {
  readonly atMs: number;
  readonly rows: number;
}

/** What a person decided on a hold. */
export interface Said {
  readonly atMs: number;
  readonly by: RecordedPerson | undefined;
  readonly decision: string;
  readonly because: string | undefined;
}

interface At {
  readonly seq: number;
  /** Since the session began. */
  readonly atMs: number;
}

type Asked = Pick<
  RecordedEvent,
  'parameters' | 'effects' | 'rules' | 'unbounded' | 'uses' | 'failures' | 'approval'
> & { readonly text: string };

export interface CommandMoment extends At, Asked {
  readonly kind: 'command';
  readonly number: number | undefined;
  readonly verdict: 'allow' | 'hold';
  readonly reveals: RecordedEvent['reveals'];
  readonly result: Result | undefined;
}

export interface RefusedMoment extends At, Asked {
  readonly kind: 'refused';
  readonly code: string;
  readonly because: string;
}

export interface HeldMoment extends At, Asked {
  readonly kind: 'held';
  readonly said: readonly Said[];
  readonly ended: { readonly atMs: number; readonly outcome: string } | undefined;
}

/** All else: that it began, that it ended, what its credential was. */
export interface NoteMoment extends At {
  readonly kind: 'note';
  readonly event: RecordedEvent;
}

export type Moment = CommandMoment | RefusedMoment | HeldMoment | NoteMoment;

/**
 * A recording as the page plays it, in order: a result stands with its command, what people decided with what was held.
 * @param beganMs since the epoch; an event from before counts as the beginning
 */
export function momentsOf(events: readonly RecordedEvent[], beganMs: number): readonly Moment[] {
  const moments: Moment[] = [];
  const commands = new Map<number, number>();
  const holds = new Map<string, number>();
  for (const event of events) {
    const atMs = Math.max(0, Date.parse(event.at ?? event.time) - beganMs);
    const joined = joinedTo(moments, event, atMs, { commands, holds });
    if (joined !== undefined) {
      moments[joined.index] = joined.moment;
      continue;
    }
    const moment = momentOf(event, atMs);
    if (moment.kind === 'command' && moment.number !== undefined) commands.set(moment.number, moments.length);
    if (moment.kind === 'held' && moment.approval !== undefined) holds.set(moment.approval, moments.length);
    moments.push(moment);
  }
  return moments;
}

interface Known {
  /** By number, and by approval: where the moment stands. */
  readonly commands: ReadonlyMap<number, number>;
  readonly holds: ReadonlyMap<string, number>;
}

/** The moment that an event adds to, with it; undefined: it is one of its own. */
function joinedTo(
  moments: readonly Moment[],
  event: RecordedEvent,
  atMs: number,
  { commands, holds }: Known,
): { readonly index: number; readonly moment: Moment } | undefined {
  const index =
    event.type === 'result'
      ? commands.get(event.command ?? -1)
      : event.type === 'hold.decided' || event.type === 'hold.ended'
        ? holds.get(event.approval ?? '')
        : undefined;
  const moment = index === undefined ? undefined : moments[index];
  if (index === undefined || moment === undefined) return undefined;
  if (moment.kind === 'command') return { index, moment: { ...moment, result: resultOf(event, atMs) } };
  if (moment.kind !== 'held') return undefined;
  if (event.type === 'hold.ended') {
    return { index, moment: { ...moment, ended: { atMs, outcome: event.outcome ?? '' } } };
  }
  const said: Said = { atMs, by: event.by, decision: event.decision ?? '', because: event.because };
  return { index, moment: { ...moment, said: [...moment.said, said] } };
}

function momentOf(event: RecordedEvent, atMs: number): Moment {
  const { seq } = event;
  switch (event.type) {
    case 'command':
      return {
        kind: 'command',
        seq,
        atMs,
        ...askedOf(event),
        number: event.command,
        verdict: event.verdict === 'hold' ? 'hold' : 'allow',
        reveals: event.reveals,
        result: undefined,
      };
    case 'command.refused':
      return {
        kind: 'refused',
        seq,
        atMs,
        ...askedOf(event),
        rules: event.detail?.rules,
        code: event.code ?? '',
        because: event.because ?? '',
      };
    case 'hold.opened':
      return { kind: 'held', seq, atMs, ...askedOf(event), said: [], ended: undefined };
    default:
      return { kind: 'note', seq, atMs, event };
  }
}

function askedOf(event: RecordedEvent): Asked {
  const { text = '', parameters, effects, rules, unbounded, uses, failures, approval } = event;
  return { text, parameters, effects, rules, unbounded, uses, failures, approval };
}

function resultOf(event: RecordedEvent, atMs: number): Result {
  const { tag, error, bytes, masked, columns, first, maskedAt, rows = 0 } = event;
  return { atMs, tag, error, bytes, masked, columns, first, maskedAt, rows };
}

/** What a moment counts as on the timeline, what weighs most before what weighs less. */
export type Weight = 'refused' | 'held' | 'masked' | 'command' | 'note';

export function weightOf(moment: Moment): Weight {
  if (moment.kind === 'command') return (moment.result?.masked ?? 0) > 0 ? 'masked' : 'command';
  return moment.kind;
}
