import type { Effect } from '../../core/effect.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { EventType, RecordedMasks, RecordedValue, StampedEvent } from '../../core/event.ts';
import type { Gap } from './gaps.ts';
import { effectOf, parametersOf, pastIdentity, type PastCommand, type PastSession } from './past.ts';
import { PastGrants } from './past-grants.ts';

/** Events that tell what must be known of commands which come later. */
export const background = [
  'gateway.started',
  'config.loaded',
  'session.opened',
  'session.closed',
  'grant.started',
  'grant.ended',
] as const satisfies readonly EventType[];

/** Why a command cannot be decided again: a code of its refusal that is no matter of rules, or that nobody knows whose it is. */
export type LeftOut = ErrorCode | 'unknown_session';

type Of<T extends EventType> = Extract<StampedEvent, { type: T }>;

/** A crash leaves sessions without an end: beyond so many, the oldest are forgotten. */
const sessionsMax = 100_000;
const effectSetsMax = 10_000;

/** What the rules had said where this is why a command was refused. */
const verdictOfCode: Readonly<Partial<Record<string, 'deny' | 'hold'>>> = {
  denied: 'deny',
  hold_denied: 'hold',
  hold_pending: 'hold',
  hold_withdrawn: 'hold',
};

/** Reads the record and knows of each command what it tells. Memory is bounded, whatever its length. */
export class PastRecord {
  readonly grants = new PastGrants();
  readonly #sessions = new Map<string, PastSession>();
  /** Effects that read the same are the same array, so that verdicts on them need not be made anew. */
  readonly #effects = new Map<string, readonly Effect[]>();
  #sensitive: RecordedMasks | undefined;

  /** From the next event on all are taken, and no longer those of `background` alone. */
  begin(): void {
    for (const session of this.#sessions.values()) {
      session.commands = undefined;
      session.rows = undefined;
    }
  }

  /** The command that an event tells of, or why it cannot be decided again; undefined for all other events. */
  take(event: StampedEvent): PastCommand | { readonly leftOut: LeftOut } | undefined {
    switch (event.type) {
      case 'gateway.started':
      case 'config.loaded':
        this.#sensitive = event.sensitive;
        return undefined;
      case 'grant.started':
      case 'grant.ended':
        this.grants.take(event);
        return undefined;
      case 'session.opened':
        this.#open(event);
        return undefined;
      case 'session.closed':
        this.#sessions.delete(event.session);
        return undefined;
      case 'command':
        return this.#permitted(event);
      case 'command.refused':
        return this.#refused(event);
      case 'result':
        this.#ended(event);
        return undefined;
      default:
        return undefined;
    }
  }

  #open(event: Of<'session.opened'>): void {
    const { session: id, target, protocol, client, identity, chain } = event;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size >= sessionsMax) this.#sessions.delete(oldest);
    this.#sessions.set(id, {
      id,
      target,
      protocol,
      client,
      openedAtMs: Date.parse(happenedAt(event)),
      who: pastIdentity(identity, chain),
      tells: chain !== undefined,
      commands: 0,
      rows: 0,
      running: 0,
    });
  }

  #permitted(event: Of<'command'>): PastCommand | { readonly leftOut: LeftOut } {
    const session = this.#sessions.get(event.session);
    if (session === undefined) return { leftOut: 'unknown_session' };
    const before = { commands: event.command - 1, rows: knownRows(session) };
    session.commands = event.command;
    session.running += 1;
    return {
      ...this.#common(event, session, event.parameters ?? []),
      ...before,
      verdict: event.verdict,
      rules: event.rules,
      reveals: event.reveals ?? (session.tells ? [] : undefined),
    };
  }

  #refused(event: Of<'command.refused'>): PastCommand | { readonly leftOut: LeftOut } {
    const verdict = verdictOfCode[event.code];
    if (verdict === undefined) return { leftOut: event.code as ErrorCode };
    const session = this.#sessions.get(event.session);
    if (session === undefined) return { leftOut: 'unknown_session' };
    // What no parameter could save was refused before any was bound.
    const unbound = event.parameters === undefined && /\$\d/.test(event.text);
    return {
      ...this.#common(event, session, unbound ? undefined : (event.parameters ?? [])),
      commands: session.commands,
      rows: knownRows(session),
      verdict,
      rules: event.detail.rules ?? [],
      reveals: [],
    };
  }

  #common(
    event: Of<'command'> | Of<'command.refused'>,
    session: PastSession,
    recorded: readonly RecordedValue[] | undefined,
  ): Pick<PastCommand, 'session' | 'seq' | 'time' | 'command' | 'missing' | 'sensitive'> {
    const { seq, text, unbounded = false, uses = [] } = event;
    const parameters = recorded && parametersOf(recorded);
    const missing = new Set<Gap>();
    if (parameters === undefined) missing.add('parameters');
    if (!session.tells && session.protocol === 'postgres') missing.add('unbounded').add('uses');
    const effects = this.#effectsOf(event.effects);
    return {
      session,
      seq,
      time: happenedAt(event),
      command: { text, parameters: parameters ?? [], effects, unbounded, uses, context: '' },
      missing,
      sensitive: this.#sensitive,
    };
  }

  #effectsOf(described: readonly string[]): readonly Effect[] {
    const key = described.join('\n');
    let effects = this.#effects.get(key);
    if (effects === undefined) {
      if (this.#effects.size >= effectSetsMax) this.#effects.clear();
      this.#effects.set(key, (effects = described.map(effectOf)));
    }
    return effects;
  }

  #ended({ session: id, rows }: Of<'result'>): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.running -= 1;
    if (session.rows !== undefined) session.rows += rows;
  }
}

/** What a worker recorded has the time of the journal that it was joined to, and says when it happened. */
function happenedAt({ at, time }: StampedEvent): string {
  return at ?? time;
}

/** Undefined while others run: the gateway had counted some of their rows. */
function knownRows({ running, rows }: PastSession): number | undefined {
  return running === 0 ? rows : undefined;
}
