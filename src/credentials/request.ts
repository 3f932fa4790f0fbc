import { SallyportError } from '../core/errors.ts';
import type {
  Clock,
  CredentialHolder,
  RequestCredential,
  RequestCredentials,
  SessionCredential,
} from '../core/ports.ts';
import type { McpTarget, OAuthClientSpec, Secret } from '../core/target.ts';
import { AccessTokens, type AccessToken } from './access-tokens.ts';
import type { ResolveSecret } from './static.ts';

/** What is added to the requests of a session: read anew for each session, so that it can be rotated. */
export class RequestSecrets implements RequestCredentials {
  readonly #resolve: ResolveSecret;
  readonly #tokens: AccessTokens;

  constructor(resolve: ResolveSecret, clock: Clock) {
    this.#resolve = resolve;
    this.#tokens = new AccessTokens(resolve, clock);
  }

  /** @throws SallyportError `credential_unavailable`; its cause never reaches a client */
  async of(target: CredentialHolder): Promise<SessionCredential> {
    const fixed = await this.#fixed(target);
    const { oauth } = target.credential;
    if (oauth === undefined) return { now: () => Promise.resolve(fixed), refused: () => undefined };
    const made = new WeakMap<RequestCredential, string>();
    let last: { text: string; credential: RequestCredential } | undefined;
    return {
      now: async () => {
        const { text, secret } = await this.#token(oauth, target);
        if (last?.text !== text) last = { text, credential: withToken(fixed, text, secret) };
        made.set(last.credential, text);
        return last.credential;
      },
      refused: (credential) => this.#tokens.refused(oauth, made.get(credential) ?? ''),
    };
  }

  async environment(target: McpTarget): Promise<ReadonlyMap<string, string>> {
    const { environment } = target.credential;
    try {
      const pairs = Object.entries(environment).map(
        async ([name, secret]) => [name, await this.#resolve(secret)] as const,
      );
      return new Map(await Promise.all(pairs));
    } catch (cause) {
      throw unavailable(target, cause);
    }
  }

  async #token(oauth: OAuthClientSpec, target: CredentialHolder): Promise<AccessToken> {
    try {
      return await this.#tokens.of(oauth, target.address.caFile);
    } catch (cause) {
      throw unavailable(target, cause);
    }
  }

  async #fixed(target: CredentialHolder): Promise<RequestCredential> {
    const { headers, query, basic } = target.credential;
    try {
      const fields = await this.#all(headers);
      const parameters = await this.#all(query);
      const login = basic && `${await this.#resolve(basic.user)}:${await this.#resolve(basic.password)}`;
      const secrets = [...fields.values(), ...parameters.values()].flatMap(withParts);
      if (login !== undefined) {
        const encoded = Buffer.from(login).toString('base64');
        fields.set('authorization', `Basic ${encoded}`);
        secrets.push(login, encoded, login.slice(login.indexOf(':') + 1));
      }
      return { headers: fields, query: parameters, secrets };
    } catch (cause) {
      throw unavailable(target, cause);
    }
  }

  async #all(secrets: Readonly<Record<string, Secret>>): Promise<Map<string, string>> {
    const resolved = new Map<string, string>();
    for (const [name, secret] of Object.entries(secrets)) {
      const value = await this.#resolve(secret);
      // A line break would begin another field.
      if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
        throw new TypeError(`the value of ${name} has a control character`);
      resolved.set(name, value);
    }
    return resolved;
  }
}

function withToken(fixed: RequestCredential, token: string, secret: string): RequestCredential {
  return {
    ...fixed,
    headers: new Map([...fixed.headers, ['authorization', `Bearer ${token}`]]),
    secrets: [...fixed.secrets, token, secret],
  };
}

function unavailable({ name }: Pick<CredentialHolder, 'name'>, cause: unknown): SallyportError {
  return new SallyportError(
    'credential_unavailable',
    `Sallyport: no credential for ${name} can be had at the moment`,
    { hint: 'Try again; if it stays so, tell whoever runs the gateway. The log says why.', cause },
  );
}

/** The whole value, and what stands behind a scheme (`Bearer …`). */
function withParts(value: string): string[] {
  const at = value.indexOf(' ');
  return at < 0 ? [value] : [value, value.slice(at + 1)];
}
