import { SallyportError } from '../../core/errors.ts';
import { identityKey } from '../../core/identity.ts';
import type { Identity } from '../../core/identity.ts';
import { chain } from '../../core/live-sessions.ts';

/** Each may hold a session and an answer in memory, and wait for a minute. */
const ofOneMax = 16;
const ofAllMax = 128;

/** How many calls are under way, so that nobody takes all there is. */
export class UnderWay {
  readonly #calls = new Map<string, number>();
  #all = 0;

  /** Does it as one more of theirs. @throws SallyportError `limit_requests` */
  async within<T>(identity: Identity, act: () => Promise<T>): Promise<T> {
    const key = chain(identity).map(identityKey).join('\n');
    const calls = this.#calls.get(key) ?? 0;
    if (calls >= ofOneMax) throw tooMany(`${ofOneMax} calls of yours are`);
    if (this.#all >= ofAllMax) throw tooMany(`${ofAllMax} calls are`);
    this.#calls.set(key, calls + 1);
    this.#all += 1;
    try {
      return await act();
    } finally {
      this.#leave(key);
    }
  }

  #leave(key: string): void {
    const calls = (this.#calls.get(key) ?? 1) - 1;
    if (calls === 0) this.#calls.delete(key);
    else this.#calls.set(key, calls);
    this.#all -= 1;
  }
}

function tooMany(what: string): SallyportError {
  return new SallyportError('limit_requests', `Sallyport: ${what} under way already`, {
    hint: 'Wait for some of them to end.',
  });
}
