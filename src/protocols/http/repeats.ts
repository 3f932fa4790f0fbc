import { createHash } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';
import type { MaskPlan } from '../../core/mask.ts';
import type { Clock } from '../../core/ports.ts';
import { grantKey } from '../../core/requests.ts';
import type { KeptAnswer, SentRecord, SentRecords } from '../../core/sent.ts';
import type { Session } from '../../core/session.ts';
import { fieldValue } from '../../wire/http/headers.ts';
import type { RequestBody } from './body.ts';
import { contextOf } from './command.ts';
import type { Asked } from './request.ts';

/** For how long a key counts. */
const keptMs = 24 * 3_600_000;
/** Of an answer that is kept, to be given again. */
export const keptBytesMax = 64 * 1024;

/** A request under a key. */
export interface Keyed {
  /** What stands against its going out: it went before, or is under way. */
  readonly refusal: SallyportError | undefined;
  /** What was answered then, for who may still have it. */
  again(plan: MaskPlan): KeptAnswer | undefined;
  /** It goes out now. @throws SallyportError `conflict`: another one has just gone */
  sends(): Promise<void>;
  /** It did not go out after all. */
  unsent(): Promise<void>;
  answered(answer: Omit<KeptAnswer, 'plan'>, plan: MaskPlan): Promise<void>;
  /** It is over, whatever became of it. */
  end(): void;
}

/** A request under way: it waits for people, or for the target, or for its answer to be kept. */
interface Active {
  keeping?: Promise<void>;
}

/** Keeps requests under one `Idempotency-Key` from going out twice (draft-ietf-httpapi-idempotency-key-header). */
export class Repeats {
  readonly #records: SentRecords;
  readonly #clock: Clock;
  readonly #active = new Map<string, Active>();

  constructor({ sent, clock }: { readonly sent: SentRecords; readonly clock: Clock }) {
    this.#records = sent;
    this.#clock = clock;
  }

  /**
   * Undefined: it has no key, or asks for nothing that matters twice.
   * @throws SallyportError `protocol` for what cannot be a key
   */
  async of(session: Session, asked: Asked, body: RequestBody | undefined): Promise<Keyed | undefined> {
    const text = fieldValue(asked.fields, 'idempotency-key');
    if (text === undefined || /^(?:GET|HEAD|OPTIONS)$/.test(asked.method)) return undefined;
    if (!/^[\x21-\x7e]{1,255}$/.test(text)) throw noKey();
    const key = digest([grantKey(session.identity), session.target.name, text]);
    await this.#active.get(key)?.keeping;
    if (this.#active.has(key)) return refused(underWay());
    const active: Active = {};
    this.#active.set(key, active);
    try {
      const request = requestDigest(asked, body);
      const before = await this.#records.get(key, this.#clock.now());
      if (before === undefined) return this.#first(key, request, active);
      this.#active.delete(key);
      return repeated(before, request);
    } catch (error) {
      this.#active.delete(key);
      throw error;
    }
  }

  #first(key: string, request: string | null, active: Active): Keyed {
    const records = this.#records;
    const end = (): void => {
      if (this.#active.get(key) === active) this.#active.delete(key);
    };
    return {
      refusal: undefined,
      again: () => undefined,
      sends: async () => {
        const sentAtMs = this.#clock.now();
        if (!(await records.add({ key, request, sentAtMs, expiresAtMs: sentAtMs + keptMs })))
          throw underWay();
      },
      unsent: () => records.remove(key),
      answered(answer, plan) {
        active.keeping = records.answered(key, { ...answer, plan: planDigest(plan) }).finally(end);
        return active.keeping;
      },
      end,
    };
  }
}

function repeated({ request: first, answer }: SentRecord, request: string | null): Keyed {
  if (first === null || first !== request) return refused(otherRequest());
  if (answer === null) return refused(unknownEnd());
  return {
    ...refused(wasAnswered()),
    again: (plan) => (planDigest(plan) === answer.plan ? answer : undefined),
  };
}

function refused(refusal: SallyportError): Keyed {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    refusal,
    again: () => undefined,
    sends: () => Promise.reject(refusal),
    unsent: nothing,
    answered: nothing,
    end: () => undefined,
  };
}

function requestDigest({ method, path, query, fields }: Asked, body: RequestBody | undefined): string | null {
  if (body !== undefined && !('whole' in body)) return null;
  const content = createHash('sha256')
    .update(body?.whole ?? '')
    .digest('base64');
  return digest([method, path, query, contextOf(fields), content]);
}

function planDigest({ hidden, detect }: MaskPlan): string {
  return digest([JSON.stringify([...hidden]), JSON.stringify(detect)]);
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

const anew = 'If it is to happen once more, send it with another Idempotency-Key.';

function noKey(): SallyportError {
  return new SallyportError('protocol', 'Sallyport: this cannot be an Idempotency-Key', {
    hint: 'It is sent once, with 1 to 255 visible characters of ASCII: a UUID.',
  });
}

function underWay(): SallyportError {
  return new SallyportError(
    'conflict',
    'Sallyport: a request with this Idempotency-Key is under way, or waits for people',
    { hint: 'Wait for its answer. If its client is gone, send it again.' },
  );
}

function otherRequest(): SallyportError {
  return new SallyportError(
    'conflict',
    'Sallyport: another request was sent with this Idempotency-Key, or one too large to be compared',
    { hint: `A key is for one request, and counts for 24 hours. ${anew}` },
  );
}

function unknownEnd(): SallyportError {
  return new SallyportError(
    'conflict',
    'Sallyport: this request went out before; its answer did not come, or was not kept',
    { hint: `Ask the target whether it happened. Answers of up to ${keptBytesMax} bytes are kept. ${anew}` },
  );
}

function wasAnswered(): SallyportError {
  return new SallyportError('conflict', 'Sallyport: this request went out before, and was answered', {
    hint: `Its answer is given again only to who may see as much as then. ${anew}`,
  });
}
