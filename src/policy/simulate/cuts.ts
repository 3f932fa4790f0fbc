import type { StampedEvent } from '../../core/event.ts';
import type { Now } from './again.ts';
import type { PastCommand } from './past.ts';

type Result = Extract<StampedEvent, { type: 'result' }>;

/** What the rules would let through, up to so many rows. */
export interface Limited {
  readonly past: PastCommand;
  readonly now: Exclude<Now, { verdict: 'unknown' }>;
  readonly rowsMax: number;
}

/** Commands without a result, after a crash, are forgotten beyond so many. */
const waitingMax = 10_000;

/** Keeps what is limited until the record tells how many rows there were. */
export class Cuts {
  readonly #waiting = new Map<string, Limited>();

  add(number: number, limited: Limited): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined && this.#waiting.size >= waitingMax) this.#waiting.delete(oldest);
    this.#waiting.set(keyOf(limited.past.session.id, number), limited);
  }

  /** The command of a result, if it would have been cut off. */
  of({ session, command, rows }: Result): Limited | undefined {
    const key = keyOf(session, command);
    const limited = this.#waiting.get(key);
    this.#waiting.delete(key);
    return limited !== undefined && rows > limited.rowsMax ? limited : undefined;
  }
}

function keyOf(session: string, number: number): string {
  return `${number} ${session}`;
}
