import { Carrier } from '../core/carrier.ts';
import type { Event, EventActor, EventIdentity } from '../core/event.ts';
import { identityKey } from '../core/identity.ts';
import type { Clock } from '../core/ports.ts';
import type { NamedUse, SeenRecords, SeenSince } from '../core/seen.ts';

/** How often what was counted goes to the store. A process that is killed loses so much of it: counts, not events. */
const flushMs = 2_000;

interface Tally {
  commands: number;
  refusals: number;
  lastAtMs: number;
}

interface Sighting extends Tally {
  readonly who: EventActor;
  groups: readonly string[] | null;
  readonly firstAtMs: number;
  sessions: number;
  readonly targets: Map<string, Tally>;
  readonly rules: Map<string, Tally>;
}

interface Open {
  readonly identity: EventIdentity;
  readonly target: string;
  /** Of everybody in it, in the counting that they belong to: looked up once, not for every command. */
  sightings: readonly Sighting[];
  counting: ReadonlyMap<string, Sighting> | undefined;
}

interface SightingsOptions {
  readonly records: SeenRecords;
  readonly clock: Clock;
  readonly report: (message: string, cause: unknown) => void;
}

/**
 * What every identity does, counted from the events on their way to the journal and brought to the store in the
 * background: no command waits for it.
 */
export class Sightings {
  readonly #clock: Clock;
  readonly #carrier: Carrier<SeenSince>;
  readonly #open = new Map<string, Open>();
  #counting = new Map<string, Sighting>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ records, clock, report }: SightingsOptions) {
    this.#clock = clock;
    this.#carrier = new Carrier({
      take: () => this.#take(),
      add: (seen) => records.add(seen),
      failed: (cause) => report('what was seen of identities could not be kept', cause),
    });
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), flushMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Called with every event on its way to the journal. */
  observe(event: Event): void {
    switch (event.type) {
      case 'session.opened':
        return this.#begin(event);
      case 'session.closed':
        this.#open.delete(event.session);
        return undefined;
      case 'command':
        return this.#count(event.session, 'commands', event.rules);
      case 'command.refused':
        return this.#count(event.session, 'refusals', event.detail.rules ?? []);
      default:
        return undefined;
    }
  }

  /** Never throws: what could not be kept is tried again the next time. */
  flush(): Promise<void> {
    return this.#carrier.flush();
  }

  #take(): readonly SeenSince[] {
    const seen = [...this.#counting.values()].map(sinceOf);
    this.#counting = new Map();
    return seen;
  }

  #begin({ session, identity, target }: Extract<Event, { type: 'session.opened' }>): void {
    const open: Open = { identity, target, sightings: [], counting: undefined };
    this.#open.set(session, open);
    const nowMs = this.#clock.now();
    for (const one of this.#sightings(open, nowMs)) {
      one.sessions++;
      one.lastAtMs = nowMs;
    }
  }

  #count(session: string, what: 'commands' | 'refusals', rules: readonly string[]): void {
    const open = this.#open.get(session);
    if (open === undefined) return;
    const nowMs = this.#clock.now();
    for (const one of this.#sightings(open, nowMs)) {
      one[what]++;
      one.lastAtMs = nowMs;
      tally(one.targets, open.target, what, nowMs);
      for (const rule of rules) tally(one.rules, rule, what, nowMs);
    }
  }

  /** Whoever acts for somebody has done it, too. */
  #sightings(open: Open, nowMs: number): readonly Sighting[] {
    if (open.counting === this.#counting) return open.sightings;
    const { identity } = open;
    const found = [this.#sighting(identity, identity.groups, nowMs)];
    for (let one = identity.actor; one !== undefined; one = one.actor) {
      found.push(this.#sighting(one, null, nowMs));
    }
    open.counting = this.#counting;
    open.sightings = found;
    return found;
  }

  #sighting(who: EventActor, groups: readonly string[] | null, nowMs: number): Sighting {
    const key = identityKey(who);
    let found = this.#counting.get(key);
    if (found === undefined) {
      found = {
        who,
        groups,
        firstAtMs: nowMs,
        sessions: 0,
        targets: new Map(),
        rules: new Map(),
        ...fresh(nowMs),
      };
      this.#counting.set(key, found);
    }
    found.groups = groups ?? found.groups;
    return found;
  }
}

function fresh(nowMs: number): Tally {
  return { commands: 0, refusals: 0, lastAtMs: nowMs };
}

function tally(
  tallies: Map<string, Tally>,
  name: string,
  what: 'commands' | 'refusals',
  nowMs: number,
): void {
  let found = tallies.get(name);
  if (found === undefined) tallies.set(name, (found = fresh(nowMs)));
  found[what]++;
  found.lastAtMs = nowMs;
}

function sinceOf({ who, targets, rules, ...counts }: Sighting): SeenSince {
  const { issuer, subject, kind } = who;
  return { issuer, subject, kind, ...counts, targets: named(targets), rules: named(rules) };
}

function named(tallies: ReadonlyMap<string, Tally>): readonly NamedUse[] {
  return [...tallies].map(([name, use]) => ({ name, ...use }));
}
