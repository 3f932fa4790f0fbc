import type { Estimate, Outlook, Preview } from './approvals.ts';
import type { Allowance } from './budget.ts';
import type { Command } from './command.ts';
import { describeEffects } from './effect.ts';
import { SallyportError } from './errors.ts';
import type { Event } from './event.ts';
import type { MaskPlan } from './mask.ts';
import type { Budgets, HoldTicket, Holds, Journal, Masking, Policy } from './ports.ts';
import { recordedParameters } from './recorded.ts';
import { denial, holdDenied, holdOutdated, holdPending, holdWithdrawn, undisclosable } from './refusals.ts';
import type { Limits } from './rule.ts';
import type { Session } from './session.ts';
import type { Allow, Hold, Verdict } from './verdict.ts';

/**
 * Single-use proof of a verdict that has been put on record. The class is not exported, so nothing outside
 * this file can make one, and `Outbox` takes nothing upstream without one.
 */
class IssuedPermit {
  readonly session: Session;
  /** The number of this command in its session; its result event carries the same. */
  readonly command: number;
  readonly plan: MaskPlan;
  readonly limits: Limits;
  /** What budgets leave for its answer; undefined where none is about it. */
  readonly allowance: Allowance | undefined;
  /** `Journal.losses` when its event was queued: if that has changed, the event is not on record. */
  readonly losses: number;
  #spent = false;

  constructor(
    session: Session,
    command: number,
    plan: MaskPlan,
    limits: Limits,
    losses: number,
    allowance: Allowance | undefined,
  ) {
    this.session = session;
    this.command = command;
    this.plan = plan;
    this.limits = limits;
    this.losses = losses;
    this.allowance = allowance;
  }

  /** @throws SallyportError when used twice, or when its session has ended */
  spend(): void {
    if (this.#spent) throw new SallyportError('internal', 'a permit was used twice');
    this.#spent = true;
    this.session.ended.throwIfAborted();
  }
}
export type Permit = IssuedPermit;
export type Ruling = Permit | SallyportError;

/**
 * Single-use leave to ask a target about a held command, for those who decide on it. That it would be asked is on
 * record. What is asked may run the command, but commits nothing of it.
 */
class IssuedInquiry {
  readonly session: Session;
  #spent = false;

  constructor(session: Session) {
    this.session = session;
  }

  /** @throws SallyportError when used twice, or when its session has ended */
  spend(): void {
    if (this.#spent) throw new SallyportError('internal', 'leave to ask was used twice');
    this.#spent = true;
    this.session.ended.throwIfAborted();
  }
}
export type Inquiry = IssuedInquiry;

export interface GovernPorts {
  /** Read anew for every command, so that a reload counts from the next one on. */
  readonly policy: () => Policy;
  readonly masking: Masking;
  readonly holds: Holds;
  readonly journal: Journal;
  /** Absent: nothing is counted. */
  readonly budgets?: Budgets;
}

/** What the protocol does while a command is held. */
export interface Waiting {
  /** Tells the client where the approval is. */
  readonly held: (ticket: HoldTicket) => void;
  /** Aborted when the client cancels or leaves. */
  readonly signal: AbortSignal;
  /**
   * What the target expects of the command, for those who decide on it; undefined where it cannot tell. Nothing of
   * the command reaches the target before `recorded` has given its leave. Never throws.
   */
  readonly estimate?: (command: Command, recorded: () => Promise<Inquiry>) => Promise<Estimate | undefined>;
  /**
   * Runs the command without committing it, and keeps it so for `keptMs` at most; undefined where that cannot be.
   * Whether it is committed, undone or run anew is up to who waits, once the ruling is known. Never throws.
   */
  readonly preview?: (
    command: Command,
    keptMs: number,
    recorded: () => Promise<Inquiry>,
  ) => Promise<Preview | undefined>;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

type HoldOutcome = Extract<Event, { type: 'hold.ended' }>['outcome'];

/** What the rules let through, at once or with a nod, and what of its answer is masked. */
interface Weighed {
  readonly verdict: Allow | Hold;
  readonly plan: MaskPlan;
}

/** The only road upstream: decide, mask, hold, record. Synchronous unless the command is held. */
export class Governor {
  readonly #ports: GovernPorts;

  constructor(ports: GovernPorts) {
    this.#ports = ports;
  }

  govern(session: Session, command: Command, waiting: () => Waiting): Ruling | Promise<Ruling> {
    const weighed = this.#weigh(session, command);
    if (weighed instanceof SallyportError) return weighed;
    const { verdict, plan } = weighed;
    if (verdict.kind === 'hold') return this.#hold(session, command, asAwaited(session, verdict), waiting());
    return this.#permit(session, command, verdict, plan);
  }

  /** Refused before its parameters are bound, because none could save it. */
  foredoomed(session: Session, command: Command): SallyportError | undefined {
    const verdict = this.#ports.policy().foredoomed(session.identity, session.target, command);
    if (verdict !== undefined) return this.#refuse(session, command, denial(verdict, session), verdict);
    return command.refusal && this.#refuse(session, command, command.refusal);
  }

  #weigh(session: Session, command: Command): Weighed | SallyportError {
    const { ended } = session;
    if (ended.aborted) return this.#refuse(session, command, ended.reason as SallyportError);
    const verdict = this.#ports.policy().decide(session.identity, session.target, command, session);
    if (verdict.kind === 'deny') return this.#refuse(session, command, denial(verdict, session), verdict);
    if (command.refusal !== undefined) return this.#refuse(session, command, command.refusal, verdict);
    const plan = this.#ports.masking.plan(session.target, verdict.reveals);
    const why = command.undisclosable?.(plan);
    if (why !== undefined) return this.#refuse(session, command, undisclosable(why, verdict), verdict);
    // Nobody is asked for their nod to what would be refused after it.
    const spent = this.#ports.budgets?.spent(session, command, verdict.rules);
    return spent === undefined ? { verdict, plan } : this.#refuse(session, command, spent, verdict);
  }

  async #hold(session: Session, command: Command, verdict: Hold, waiting: Waiting): Promise<Ruling> {
    const { holds } = this.#ports;
    const earlier = await holds.useEarlier(session, command, verdict);
    if (earlier !== undefined) return this.#approved(session, command, verdict, earlier, waiting);
    const outlook = await this.#outlook(session, command, verdict, waiting);
    const ticket = await this.#open(session, command, verdict, outlook);
    if (ticket instanceof SallyportError) return this.#refuse(session, command, ticket, verdict);
    waiting.held(ticket);
    const decision = await holds.decided(ticket, waiting.signal).catch(() => undefined);
    if (decision === undefined || waiting.signal.aborted || session.ended.aborted) {
      await holds.withdraw(ticket);
      return this.#withdrawn(session, command, ticket.id);
    }
    if (decision.kind === 'approved') return this.#approved(session, command, verdict, ticket.id, waiting);
    this.#ended(session, ticket.id, decision.kind);
    const refusal = decision.kind === 'denied' ? holdDenied(ticket, decision) : holdPending(ticket, verdict);
    return this.#refuse(session, command, refusal, verdict);
  }

  async #outlook(session: Session, command: Command, verdict: Hold, waiting: Waiting): Promise<Outlook> {
    const { previewMs } = verdict;
    if (previewMs !== undefined && waiting.preview !== undefined) {
      const recorded = (): Promise<Inquiry> => this.#inquire('command.previewed', session, command, verdict);
      const preview = await waiting.preview(command, previewMs, recorded);
      if (preview !== undefined) return { preview };
    }
    const recorded = (): Promise<Inquiry> => this.#inquire('command.estimated', session, command, verdict);
    const estimate = await waiting.estimate?.(command, recorded);
    return estimate === undefined ? {} : { estimate };
  }

  /** @throws SallyportError `journal_unavailable`; then nothing is asked */
  async #inquire(
    type: 'command.estimated' | 'command.previewed',
    session: Session,
    command: Command,
    { rules }: Hold,
  ): Promise<Inquiry> {
    const { journal } = this.#ports;
    journal.append({ type, ...whatIsAsked(session, command), rules });
    await journal.commit();
    return new IssuedInquiry(session);
  }

  /** On record before anybody is told of it; a hold that is not is taken back. */
  async #open(
    session: Session,
    command: Command,
    verdict: Hold,
    outlook: Outlook,
  ): Promise<HoldTicket | SallyportError> {
    const { holds, journal } = this.#ports;
    const ticket = await holds.open(session, command, verdict, outlook);
    const { text } = command;
    const effects = describeEffects(command.effects);
    const about = { session: session.id, approval: ticket.id, text, effects, rules: verdict.rules };
    journal.append({ type: 'hold.opened', ...about });
    try {
      await journal.commit();
      return ticket;
    } catch (error) {
      await holds.withdraw(ticket);
      if (error instanceof SallyportError) return error;
      throw error;
    }
  }

  /** The rules are asked again: a policy that became stricter while people thought wins over their approval. */
  #approved(session: Session, command: Command, under: Hold, approval: string, waiting: Waiting): Ruling {
    if (waiting.signal.aborted || session.ended.aborted) return this.#withdrawn(session, command, approval);
    this.#ended(session, approval, 'used');
    const weighed = this.#weigh(session, command);
    if (weighed instanceof SallyportError) return weighed;
    const { verdict, plan } = weighed;
    if (verdict.kind === 'hold' && !sameApprovers(verdict, under)) {
      return this.#refuse(session, command, holdOutdated(approval), verdict);
    }
    return this.#permit(session, command, verdict, plan, approval);
  }

  #withdrawn(session: Session, command: Command, approval: string): SallyportError {
    this.#ended(session, approval, 'withdrawn');
    return this.#refuse(session, command, holdWithdrawn(approval));
  }

  #ended(session: Session, approval: string, outcome: HoldOutcome): void {
    this.#ports.journal.note({ type: 'hold.ended', session: session.id, approval, outcome });
  }

  #permit(
    session: Session,
    command: Command,
    verdict: Allow | Hold,
    plan: MaskPlan,
    approval?: string,
  ): Ruling {
    const allowance = this.#ports.budgets?.take(session, command, verdict.rules);
    if (allowance instanceof SallyportError) return this.#refuse(session, command, allowance, verdict);
    const number = ++session.commands;
    const event: Writable<Extract<Event, { type: 'command' }>> = {
      type: 'command',
      session: session.id,
      command: number,
      text: command.text,
      effects: describeEffects(command.effects),
      verdict: verdict.kind,
      rules: verdict.rules,
    };
    // By assignment, for this is the hot path and a spread costs more than the rest of it.
    if (command.parameters.length > 0) event.parameters = recordedParameters(command);
    if (command.unbounded) event.unbounded = true;
    if (command.uses.length > 0) event.uses = command.uses;
    if (verdict.reveals.length > 0) event.reveals = verdict.reveals;
    if (approval !== undefined) event.approval = approval;
    if (verdict.failures.length > 0) event.failures = verdict.failures;
    this.#ports.journal.append(event);
    const { losses } = this.#ports.journal;
    return new IssuedPermit(session, number, plan, verdict.limits, losses, allowance);
  }

  #refuse(session: Session, command: Command, refusal: SallyportError, verdict?: Verdict): SallyportError {
    this.#ports.journal.note({
      type: 'command.refused',
      ...whatIsAsked(session, command),
      ...(command.unbounded ? { unbounded: true } : {}),
      ...(command.uses.length === 0 ? {} : { uses: command.uses }),
      code: refusal.code,
      because: refusal.message,
      detail: refusal.detail,
      ...(verdict === undefined || verdict.failures.length === 0 ? {} : { failures: verdict.failures }),
    });
    return refusal;
  }
}

/** Nobody waits at the gateway's own tools: they answer at once which approval is pending, and whoever asked comes again. */
function asAwaited({ identity: { errand } }: Session, verdict: Hold): Hold {
  return errand === undefined ? verdict : { ...verdict, waitMs: 0 };
}

function whatIsAsked(session: Session, command: Command) {
  return {
    session: session.id,
    text: command.text,
    ...(command.parameters.length === 0 ? {} : { parameters: recordedParameters(command) }),
    effects: describeEffects(command.effects),
  };
}

function sameApprovers(a: Hold, b: Hold): boolean {
  return JSON.stringify(a.approvers) === JSON.stringify(b.approvers);
}
