import type { Command } from './command.ts';
import { describeEffect } from './effect.ts';
import { SallyportError } from './errors.ts';
import type { MaskPlan } from './mask.ts';
import type { HoldTicket, Holds, Journal, Masking, Policy } from './ports.ts';
import { recordedParameters } from './recorded.ts';
import { denial, holdDenied, holdPending, holdWithdrawn, undisclosable } from './refusals.ts';
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
  /** `Journal.losses` when its event was queued: if that has changed, the event is not on record. */
  readonly losses: number;
  #spent = false;

  constructor(session: Session, command: number, plan: MaskPlan, limits: Limits, losses: number) {
    this.session = session;
    this.command = command;
    this.plan = plan;
    this.limits = limits;
    this.losses = losses;
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

export interface GovernPorts {
  /** Read anew for every command, so that a reload counts from the next one on. */
  readonly policy: () => Policy;
  readonly masking: Masking;
  readonly holds: Holds;
  readonly journal: Journal;
}

/** What the protocol does while a command is held. */
export interface Waiting {
  /** Tells the client where the approval is. */
  readonly held: (ticket: HoldTicket) => void;
  /** Aborted when the client cancels or leaves. */
  readonly signal: AbortSignal;
}

/** The only road upstream: decide, mask, hold, record. Synchronous unless the command is held. */
export class Governor {
  readonly #ports: GovernPorts;

  constructor(ports: GovernPorts) {
    this.#ports = ports;
  }

  govern(session: Session, command: Command, waiting: () => Waiting): Ruling | Promise<Ruling> {
    const verdict = this.#decide(session, command);
    if (verdict instanceof SallyportError) return this.#refuse(session, command, verdict);
    const plan = this.#ports.masking.plan(session.target, verdict.reveals);
    const why = command.undisclosable?.(plan);
    if (why !== undefined) return this.#refuse(session, command, undisclosable(why, verdict));
    if (verdict.kind === 'hold') return this.#hold(session, command, verdict, waiting());
    return this.#permit(session, command, verdict, plan);
  }

  /** Refused before its parameters are bound, because none could save it. */
  foredoomed(session: Session, command: Command): SallyportError | undefined {
    const verdict = this.#ports.policy().foredoomed(session.identity, session.target, command);
    return verdict && this.#refuse(session, command, denial(verdict, session), verdict);
  }

  #decide(session: Session, command: Command): Allow | Hold | SallyportError {
    const verdict = this.#ports.policy().decide(session.identity, session.target, command, session);
    return verdict.kind === 'deny' ? denial(verdict, session) : verdict;
  }

  async #hold(session: Session, command: Command, verdict: Hold, waiting: Waiting): Promise<Ruling> {
    const { holds, journal } = this.#ports;
    const earlier = await holds.useEarlier(session, command, verdict);
    if (earlier !== undefined) return this.#approved(session, command, earlier);
    const ticket = await holds.open(session, command, verdict);
    const { id } = ticket;
    const about = { session: session.id, approval: id } as const;
    const effects = command.effects.map(describeEffect);
    journal.append({ type: 'hold.opened', ...about, text: command.text, effects, rules: verdict.rules });
    await journal.commit();
    waiting.held(ticket);
    const decision = await holds.decided(ticket, waiting.signal).catch(() => undefined);
    if (decision === undefined || waiting.signal.aborted || session.ended.aborted) {
      await holds.withdraw(ticket);
      journal.note({ type: 'hold.ended', ...about, outcome: 'withdrawn' });
      return this.#refuse(session, command, holdWithdrawn(id));
    }
    if (decision.kind === 'approved') return this.#approved(session, command, id);
    const outcome = decision.kind;
    journal.note({ type: 'hold.ended', ...about, outcome });
    const refusal = outcome === 'denied' ? holdDenied(ticket, decision) : holdPending(ticket, verdict);
    return this.#refuse(session, command, refusal);
  }

  /** The rules are asked again: a policy that turned to deny while people thought wins over their approval. */
  #approved(session: Session, command: Command, approval: string): Ruling {
    this.#ports.journal.note({ type: 'hold.ended', session: session.id, approval, outcome: 'used' });
    const verdict = this.#decide(session, command);
    if (verdict instanceof SallyportError) return this.#refuse(session, command, verdict);
    const plan = this.#ports.masking.plan(session.target, verdict.reveals);
    const why = command.undisclosable?.(plan);
    if (why !== undefined) return this.#refuse(session, command, undisclosable(why, verdict));
    return this.#permit(session, command, verdict, plan, approval);
  }

  #permit(
    session: Session,
    command: Command,
    verdict: Allow | Hold,
    plan: MaskPlan,
    approval?: string,
  ): Permit {
    const number = ++session.commands;
    this.#ports.journal.append({
      type: 'command',
      session: session.id,
      command: number,
      text: command.text,
      ...recordedParameters(command),
      effects: command.effects.map(describeEffect),
      verdict: verdict.kind,
      rules: verdict.rules,
      ...(approval === undefined ? {} : { approval }),
      ...(verdict.failures.length === 0 ? {} : { failures: verdict.failures }),
    });
    return new IssuedPermit(session, number, plan, verdict.limits, this.#ports.journal.losses);
  }

  #refuse(session: Session, command: Command, refusal: SallyportError, verdict?: Verdict): SallyportError {
    this.#ports.journal.note({
      type: 'command.refused',
      session: session.id,
      text: command.text,
      ...recordedParameters(command),
      effects: command.effects.map(describeEffect),
      code: refusal.code,
      because: refusal.message,
      detail: refusal.detail,
      ...(verdict === undefined || verdict.failures.length === 0 ? {} : { failures: verdict.failures }),
    });
    return refusal;
  }
}
