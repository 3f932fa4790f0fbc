import type { Clock } from '../core/ports.ts';
import type { OAuthClientSpec } from '../core/target.ts';
import { post } from './post.ts';
import type { ResolveSecret } from './static.ts';

/** A token is fetched anew so long before its end; one that lives shortly, at half of its time. */
const renewMs = 60_000;
/** Of a token whose issuer does not say how long it lives. */
const unsaidMs = 60_000;

/** What a token endpoint gave. */
export interface AccessToken {
  readonly text: string;
  /** The client's secret, which is not to be seen either. */
  readonly secret: string;
}

interface Fetched extends AccessToken {
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/** Access tokens for clients of OAuth (RFC 6749 §4.4), one for all requests to a target as long as it lives. */
export class AccessTokens {
  readonly #resolve: ResolveSecret;
  readonly #clock: Clock;
  readonly #fetched = new WeakMap<OAuthClientSpec, Fetched>();
  readonly #fetching = new WeakMap<OAuthClientSpec, Promise<Fetched>>();

  constructor(resolve: ResolveSecret, clock: Clock) {
    this.#resolve = resolve;
    this.#clock = clock;
  }

  /** Rejects where none can be had. What still lives is used where a new one cannot be. */
  async of(spec: OAuthClientSpec, caFile: string | undefined): Promise<AccessToken> {
    const known = this.#fetched.get(spec);
    if (known !== undefined && this.#clock.now() < known.renewAtMs) return known;
    try {
      return await this.#renewed(spec, caFile);
    } catch (error) {
      if (known !== undefined && this.#clock.now() < known.endsAtMs) return known;
      throw error;
    }
  }

  /** The target does not take it: the next request is made with another. */
  refused(spec: OAuthClientSpec, text: string): void {
    if (this.#fetched.get(spec)?.text === text) this.#fetched.delete(spec);
  }

  /** Of all who need one at a time, one fetches it. */
  #renewed(spec: OAuthClientSpec, caFile: string | undefined): Promise<Fetched> {
    const under = this.#fetching.get(spec);
    if (under !== undefined) return under;
    const fetching = this.#fetch(spec, caFile)
      .then((token) => {
        this.#fetched.set(spec, token);
        return token;
      })
      .finally(() => this.#fetching.delete(spec));
    this.#fetching.set(spec, fetching);
    return fetching;
  }

  async #fetch(spec: OAuthClientSpec, caFile: string | undefined): Promise<Fetched> {
    const [id, secret] = [await this.#resolve(spec.clientId), await this.#resolve(spec.clientSecret)];
    const askedAtMs = this.#clock.now();
    const { scope, audience } = spec;
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (scope !== undefined) form.set('scope', scope);
    if (audience !== undefined) form.set('audience', audience);
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    // RFC 6749 §2.3.1
    if (spec.clientAuth === 'basic') {
      const login = `${formEncoded(id)}:${formEncoded(secret)}`;
      headers['authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
    } else {
      form.set('client_id', id);
      form.set('client_secret', secret);
    }
    const { status, text } = await post(spec.tokenUrl, headers, form.toString(), caFile);
    if (status !== 200) throw new Error(`the token endpoint answers ${status}${errorOf(text)}`);
    return { secret, ...readAnswer(text, askedAtMs) };
  }
}

/** RFC 6749 §5.1 */
function readAnswer(
  answer: string,
  askedAtMs: number,
): { text: string; renewAtMs: number; endsAtMs: number } {
  const { access_token: text, token_type: type, expires_in: seconds } = members(answer);
  if (typeof text !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(text)) {
    throw new Error('the token endpoint gave no access token');
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new Error('the token endpoint gave a token that is no bearer token');
  }
  const said = Number(seconds);
  const livesMs = Number.isFinite(said) && said > 0 ? said * 1000 : unsaidMs;
  const endsAtMs = askedAtMs + livesMs;
  return { text, endsAtMs, renewAtMs: endsAtMs - Math.min(renewMs, livesMs / 2) };
}

/** RFC 6749 §5.2: its code alone, for the log; the rest may hold anything. */
function errorOf(answer: string): string {
  try {
    const { error } = members(answer);
    return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : '';
  } catch {
    return '';
  }
}

function members(answer: string): Readonly<Record<string, unknown>> {
  const found: unknown = JSON.parse(answer);
  if (typeof found !== 'object' || found === null) throw new Error('the token endpoint gave no object');
  return { ...found };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
