import type { SallyportError } from './errors.ts';
import type { EventActor, EventIdentity } from './event.ts';
import type { Identity } from './identity.ts';
import type { UpstreamTarget } from './target.ts';

/** One identity on one target, from login to end. */
export class Session<T extends UpstreamTarget = UpstreamTarget> {
  readonly id: string;
  readonly identity: Identity;
  /** Replaced when a reload changes what is sensitive in it. */
  target: T;
  /** The client's address, as the journal shows it. */
  readonly client: string;
  readonly openedAtMs: number;
  commands = 0;
  rows = 0;
  lastActiveAtMs: number;
  readonly #ended = new AbortController();

  constructor(it: { id: string; identity: Identity; target: T; client: string; nowMs: number }) {
    this.id = it.id;
    this.identity = it.identity;
    this.target = it.target;
    this.client = it.client;
    this.openedAtMs = it.nowMs;
    this.lastActiveAtMs = it.nowMs;
  }

  /** Aborted once the session ends; its `reason` is a SallyportError. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Ends it for good; the first reason stays. */
  end(reason: SallyportError): void {
    this.#ended.abort(reason);
  }
}

export function eventIdentity(identity: Identity): EventIdentity {
  const { subject, issuer, kind, groups, actor, purpose, task, ticket } = identity;
  return {
    subject,
    issuer,
    kind,
    groups,
    ...(actor === undefined ? {} : { actor: eventActor(actor) }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(task === undefined ? {} : { task }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

function eventActor({ subject, issuer, kind, actor }: Identity): EventActor {
  return { subject, issuer, kind, ...(actor === undefined ? {} : { actor: eventActor(actor) }) };
}
