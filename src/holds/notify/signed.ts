import { createHmac, timingSafeEqual } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';

/** How far from now a callback may have been signed. Slack's own advice is five minutes. */
const skewMs = 5 * 60_000;
const seenMax = 10_000;

/**
 * Slack's signature v0: `x-slack-signature: v0=` and the HMAC-SHA-256 in hex of `v0:SECONDS:BODY`, SECONDS from
 * `x-slack-request-timestamp`. https://docs.slack.dev/authentication/verifying-requests-from-slack
 * @throws SallyportError `unauthenticated`
 */
export function mustBeFromSlack(
  it: {
    readonly signature: string | undefined;
    readonly seconds: string | undefined;
    readonly body: string;
  },
  { secret, nowMs }: Expected,
): void {
  const { signature = '', seconds = '', body } = it;
  if (!/^\d{1,12}$/.test(seconds)) throw unsigned();
  const mac = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest();
  mustBeSame(mac, Buffer.from(/^v0=([0-9a-f]{64})$/.exec(signature)?.[1] ?? '', 'hex'));
  mustBeRecent(Number(seconds) * 1000, nowMs);
}

/**
 * An outgoing webhook of Teams: `authorization: HMAC ` and the HMAC-SHA-256 of the body in base64, with the webhook's
 * security token. The body has its own time.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
 * @throws SallyportError `unauthenticated`
 */
export function mustBeFromTeams(
  { authorization = '', body }: { readonly authorization: string | undefined; readonly body: string },
  { secret }: Pick<Expected, 'secret'>,
): void {
  const key = Buffer.from(secret, 'base64');
  // Nobody may pass with the MAC of an empty key.
  if (key.length < 16) throw unsigned();
  const mac = createHmac('sha256', key).update(body).digest('base64');
  // As text: base64 has more than one for the same bytes, and each would pass for a callback of its own.
  mustBeSame(Buffer.from(`HMAC ${mac}`), Buffer.from(authorization));
}

/** @throws SallyportError `unauthenticated` */
export function mustBeRecent(atMs: number, nowMs: number): void {
  if (Math.abs(nowMs - atMs) <= skewMs) return;
  throw new SallyportError('unauthenticated', 'Sallyport: this callback was signed too long ago');
}

interface Expected {
  readonly secret: string;
  readonly nowMs: number;
}

function mustBeSame(mac: Buffer, claimed: Buffer): void {
  if (claimed.length === mac.length && timingSafeEqual(claimed, mac)) return;
  throw unsigned();
}

function unsigned(): SallyportError {
  return new SallyportError('unauthenticated', 'Sallyport: the signature of this callback does not hold');
}

/** Signatures that came before: each counts once. */
export class Seen {
  readonly #atMs = new Map<string, number>();

  /** @throws SallyportError `conflict` for one that came before; `denied` where too many come to tell */
  mustBeNew(signature: string, nowMs: number): void {
    for (const [old, atMs] of this.#atMs) {
      if (nowMs - atMs <= 2 * skewMs) break;
      this.#atMs.delete(old);
    }
    if (this.#atMs.has(signature)) {
      throw new SallyportError('conflict', 'Sallyport: this callback has come before');
    }
    if (this.#atMs.size >= seenMax) throw new SallyportError('denied', 'Sallyport: too many callbacks');
    this.#atMs.set(signature, nowMs);
  }
}
