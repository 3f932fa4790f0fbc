import type { Command, Parameter } from '../../core/command.ts';
import { effectKinds, type Effect } from '../../core/effect.ts';
import type { EventActor, EventIdentity, RecordedMasks, RecordedValue } from '../../core/event.ts';
import type { Identity, Within } from '../../core/identity.ts';
import type { VerdictKind } from './change.ts';
import type { Gap } from './gaps.ts';

/** Somebody as the record has them. */
export interface PastIdentity {
  readonly identity: Identity;
  readonly missing: ReadonlySet<Gap>;
  readonly actor?: PastIdentity;
}

/** A session as far as the record has told of it. */
export interface PastSession {
  readonly id: string;
  readonly target: string;
  readonly protocol: string;
  readonly client: string;
  readonly openedAtMs: number;
  readonly who: PastIdentity;
  /** Whether its commands say when they are unbounded, what they use and what is shown in clear. */
  readonly tells: boolean;
  /** How many commands have gone upstream; undefined where its beginning was not read. */
  commands: number | undefined;
  rows: number | undefined;
  /** Commands whose results have not been read yet. */
  running: number;
}

/** A command as the record has it. */
export interface PastCommand {
  readonly session: PastSession;
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly command: Command;
  /** Those of its session before it; undefined: not known. */
  readonly commands: number | undefined;
  readonly rows: number | undefined;
  readonly missing: ReadonlySet<Gap>;
  readonly verdict: VerdictKind;
  readonly rules: readonly string[];
  /** Undefined: not on record. */
  readonly reveals: readonly string[] | undefined;
  /** What was sensitive then; undefined: not on record. */
  readonly sensitive: RecordedMasks | undefined;
}

type Told = readonly { readonly groups: readonly string[]; readonly within?: Within }[];

/** `told`: what decides of each in the chain; older records have none. */
export function pastIdentity(event: EventIdentity, told: Told | undefined): PastIdentity {
  const { purpose, task } = event;
  const said = { ...(purpose === undefined ? {} : { purpose }), ...(task === undefined ? {} : { task }) };
  const missing: Gap[] = told === undefined && event.ticket !== undefined ? ['ticket'] : [];
  const own = told?.[0] ?? { groups: event.groups };
  return pastOne(event, { own, said, missing }, actorsOf(event.actor, told, missing));
}

/** Of who acts for somebody, nobody wrote down what they are here for. */
function actorsOf(
  actor: EventActor | undefined,
  told: Told | undefined,
  ticket: readonly Gap[],
): PastIdentity | undefined {
  if (actor === undefined) return undefined;
  const rest = told?.slice(1);
  const missing: Gap[] = [
    'purpose',
    'task',
    ...ticket,
    ...(rest?.[0] === undefined ? (['groups'] as const) : []),
  ];
  return pastOne(actor, { own: rest?.[0], said: {}, missing }, actorsOf(actor.actor, rest, ticket));
}

function pastOne(
  { subject, issuer, kind }: EventActor,
  known: {
    readonly own: Told[number] | undefined;
    readonly said: Pick<Identity, 'purpose' | 'task'>;
    readonly missing: readonly Gap[];
  },
  actor: PastIdentity | undefined,
): PastIdentity {
  const { groups = [], within } = known.own ?? {};
  return {
    identity: {
      subject,
      issuer,
      kind,
      groups,
      claims: {},
      expiresAtMs: Number.POSITIVE_INFINITY,
      ...known.said,
      ...(within === undefined ? {} : { within }),
      ...(actor === undefined ? {} : { actor: actor.identity }),
    },
    missing: new Set(['claims', ...known.missing]),
    ...(actor === undefined ? {} : { actor }),
  };
}

/** `write.delete public.users` → its parts. */
export function effectOf(text: string): Effect {
  const space = text.indexOf(' ');
  const what = space < 0 ? text : text.slice(0, space);
  const dot = what.indexOf('.');
  const word = what.slice(0, dot);
  // A kind that this version does not know is like one that it cannot understand.
  const kind = effectKinds.find((each) => each === word) ?? 'opaque';
  return { kind, action: what.slice(dot + 1), resource: space < 0 ? '' : text.slice(space + 1) };
}

const utf8 = new TextEncoder();

/** Undefined where not all of one was recorded. */
export function parametersOf(recorded: readonly RecordedValue[]): readonly Parameter[] | undefined {
  if (recorded.some((value) => typeof value === 'object' && value !== null && 'sha256' in value)) {
    return undefined;
  }
  return recorded.map((value) => {
    if (value === null) return { bytes: null, format: 'text' };
    if (typeof value === 'string') return { bytes: utf8.encode(value), format: 'text' };
    return { bytes: Buffer.from(value.hex, 'hex'), format: 'binary' };
  });
}
