import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { Clock } from '../core/ports.ts';
import type { IssuedTicket, TicketBook, TicketRecord, TicketRecords } from '../core/tickets.ts';
import { privateFile } from '../files/kept-file.ts';
import { tokenRefused } from './token-fault.ts';

/** `spt_`, 16 random bytes that name it, and the HMAC-SHA-256 of that name: both base64url, without padding. */
const ticketForm = /^spt_([\w-]{22})([\w-]{43})$/;
const prefix = 'spt_';
const ticketChars = prefix.length + 22 + 43;
const idBytes = 16;
const keyBytes = 32;
/** What has expired is kept for a day, so that who asks why theirs no longer holds is told. */
const keptMs = 24 * 3_600_000;
/** The longest life of a ticket: a working day. What it says of groups is as old as it is. */
export const ticketMsMax = 12 * 3_600_000;

/** Whether it claims to be a ticket; whether it is one, `verify` says. */
export function isTicket(token: string): boolean {
  return token.startsWith(prefix);
}

export interface TicketsOptions {
  readonly records: TicketRecords;
  readonly dataDir: string;
  readonly clock: Clock;
  /** Told of what is in the store, by which other processes go. */
  readonly onChange?: () => void;
}

/** The gateway's own short-lived secrets. The store has no secret of any: those come from the key and the id alone. */
export class Tickets implements TicketBook {
  readonly #records: TicketRecords;
  readonly #clock: Clock;
  readonly #key: Buffer;
  readonly #onChange: () => void;
  /** Ended early, and since when that is known, oldest first: asked about for every session that lives on one. */
  readonly #ended = new Map<string, number>();

  private constructor(it: Pick<TicketsOptions, 'records' | 'clock' | 'onChange'>, key: Buffer) {
    this.#records = it.records;
    this.#clock = it.clock;
    this.#onChange = it.onChange ?? (() => undefined);
    this.#key = key;
  }

  /**
   * With the key in the data folder, which is made on first use.
   * @throws Error where others may read the key, or it is none
   */
  static async open(it: TicketsOptions): Promise<Tickets> {
    const file = join(it.dataDir, 'ticket-key');
    const text = await privateFile(file, () => `${randomBytes(keyBytes).toString('base64')}\n`);
    const key = Buffer.from(text, 'base64');
    if (key.length !== keyBytes) {
      throw new Error(`${file} holds no key; remove it to make a new one (all tickets end)`);
    }
    const tickets = new Tickets(it, key);
    await tickets.refresh();
    return tickets;
  }

  /** What was ended since, where another process ends tickets. */
  async refresh(): Promise<void> {
    const nowMs = this.#clock.now();
    this.#forgetEnded(nowMs - ticketMsMax);
    for (const id of await this.#records.ended(nowMs)) if (!this.#ended.has(id)) this.#ended.set(id, nowMs);
  }

  /**
   * A new one for this identity, until `identity.expiresAtMs`; undefined where one that it comes from has ended.
   * @param from ids of the tickets it comes from
   */
  async issue(ticket: Pick<TicketRecord, 'id' | 'identity' | 'from'>): Promise<IssuedTicket | undefined> {
    const nowMs = this.#clock.now();
    const { expiresAtMs } = ticket.identity;
    this.#forgetEnded(nowMs - ticketMsMax);
    await this.#records.forget(nowMs - keptMs);
    if (!(await this.#records.add({ ...ticket, createdAtMs: nowMs, expiresAtMs, endedAtMs: null })))
      return undefined;
    return { id: ticket.id, secret: `${prefix}${ticket.id}${this.#secret(ticket.id)}`, expiresAtMs };
  }

  /** @throws SallyportError `unauthenticated`: forged, of another gateway, expired or ended */
  async verify(token: string): Promise<Identity> {
    const { id } = this.#proven(token);
    const found = await this.#records.get(id);
    if (found === undefined) throw tokenRefused('ticket', 'no such ticket');
    if (found.endedAtMs !== null || this.#ended.has(id)) throw tokenRefused('ticket_ended', 'ended early');
    if (this.#clock.now() >= found.expiresAtMs) throw tokenRefused('expired', 'the ticket has expired');
    return found.identity;
  }

  /** The ticket of this id, were there one; undefined where no ticket has such an id. */
  ticketOf(id: string): string | undefined {
    const ticket = `${prefix}${id}${this.#secret(id)}`;
    return ticketForm.test(ticket) && ticket.length === ticketChars ? ticket : undefined;
  }

  /** The tickets that this one comes from, itself among them. @throws SallyportError as `verify` */
  async lineage(token: string): Promise<readonly string[]> {
    const { id } = this.#proven(token);
    return [id, ...((await this.#records.get(id))?.from ?? [])];
  }

  /** Whether this identity came with a ticket that was ended since. */
  hasEnded(identity: Identity): boolean {
    return identity.ticket !== undefined && this.#ended.has(identity.ticket);
  }

  list(): Promise<readonly TicketRecord[]> {
    return this.#records.live(this.#clock.now());
  }

  count(identity: Identity): Promise<number> {
    return this.#records.count(identity, this.#clock.now());
  }

  async end(ids: readonly string[]): Promise<readonly string[]> {
    // In force before the store has it: a session that opens meanwhile must not slip through.
    const nowMs = this.#clock.now();
    for (const id of ids) this.#ended.set(id, nowMs);
    const ended = await this.#records.end(ids, nowMs);
    for (const id of ended) this.#ended.set(id, nowMs);
    this.#onChange();
    return ended;
  }

  async endOf(matches: (identity: Identity) => boolean): Promise<readonly string[]> {
    const found = (await this.list()).filter(({ identity }) => chain(identity).some(matches));
    return found.length === 0 ? [] : this.end(found.map(({ id }) => id));
  }

  /** What ended so long ago has expired since. */
  #forgetEnded(beforeMs: number): void {
    for (const [id, endedAtMs] of this.#ended) {
      if (endedAtMs >= beforeMs) return;
      this.#ended.delete(id);
    }
  }

  /** Says nothing about which half is wrong, and takes as long for either. */
  #proven(token: string): { readonly id: string } {
    const [, id, secret] = ticketForm.exec(token) ?? [];
    if (id === undefined || secret === undefined) throw tokenRefused('ticket', 'not of the form of a ticket');
    if (!timingSafeEqual(Buffer.from(secret), Buffer.from(this.#secret(id)))) {
      throw tokenRefused('ticket', 'the secret is not that of the id');
    }
    return { id };
  }

  #secret(id: string): string {
    return createHmac('sha256', this.#key).update(id).digest('base64url');
  }
}

/** The name of a ticket to come: not to be guessed, and of the same length always. */
export function newTicketId(): string {
  return randomBytes(idBytes).toString('base64url');
}
