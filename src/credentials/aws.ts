import { SallyportError } from '../core/errors.ts';
import type { AwsCredentials, AwsKeys, AwsNeed, AwsSessionKeys, Clock } from '../core/ports.ts';
import type { Session } from '../core/session.ts';
import type { AwsKeySpec, AwsTarget } from '../core/target.ts';
import { assumeRole, type AssumedRole } from './assume-role.ts';
import type { ResolveSecret } from './static.ts';

/** Keys are renewed so long before their end, so that what is signed with them still arrives in time. */
const renewMs = 300_000;
/** Of one session: more needs than these are rare, and each is one call of STS. */
const keysMax = 200;

/** Keys for requests to AWS: those of the configuration, or of a role, assumed for what is asked and no more. */
export class AwsSecrets implements AwsCredentials {
  readonly #resolve: ResolveSecret;
  readonly #clock: Clock;

  constructor(resolve: ResolveSecret, clock: Clock) {
    this.#resolve = resolve;
    this.#clock = clock;
  }

  of(session: Session<AwsTarget>): AwsSessionKeys {
    const assumed = new Map<string, Promise<AssumedRole>>();
    let fixed: Promise<AwsKeys> | undefined;
    return {
      for: (need) => {
        const { credential } = session.target;
        if (credential.kind === 'assume_role') return this.#assumed(session, need, assumed);
        return (fixed ??= this.#resolved(session.target, credential.keys).catch((error: unknown) => {
          fixed = undefined;
          throw error;
        }));
      },
    };
  }

  /** One call for all requests with this need, renewed when its keys end. */
  async #assumed(
    session: Session<AwsTarget>,
    need: AwsNeed,
    known: Map<string, Promise<AssumedRole>>,
  ): Promise<AwsKeys> {
    const key = JSON.stringify(need);
    const before = await known.get(key)?.catch(() => undefined);
    if (before !== undefined && this.#clock.now() < before.endsAtMs - renewMs) return before.keys;
    const oldest = known.keys().next().value;
    if (known.size >= keysMax && oldest !== undefined) known.delete(oldest);
    const assuming = this.#assume(session, need);
    known.set(key, assuming);
    assuming.catch(() => known.delete(key));
    return (await assuming).keys;
  }

  async #assume({ target, identity, id }: Session<AwsTarget>, need: AwsNeed): Promise<AssumedRole> {
    const { credential, address } = target;
    if (credential.kind !== 'assume_role') throw unavailable(target, new TypeError('the target changed'));
    const by = await this.#resolved(target, credential.from);
    try {
      const externalId = credential.externalId && (await this.#resolve(credential.externalId));
      return await assumeRole({
        role: credential.role,
        by,
        address,
        need,
        sessionName: sessionName(identity.subject, id),
        nowMs: this.#clock.now(),
        ...(externalId === undefined ? {} : { externalId }),
      });
    } catch (cause) {
      throw unavailable(target, cause);
    }
  }

  async #resolved(target: AwsTarget, spec: AwsKeySpec): Promise<AwsKeys> {
    try {
      const [accessKeyId, secretAccessKey, sessionToken] = await Promise.all([
        this.#resolve(spec.accessKeyId),
        this.#resolve(spec.secretAccessKey),
        spec.sessionToken === undefined ? undefined : this.#resolve(spec.sessionToken),
      ]);
      if (!/^\w{4,128}$/.test(accessKeyId)) throw new TypeError('the access key id is none');
      if (sessionToken === undefined) return { accessKeyId, secretAccessKey, secrets: [secretAccessKey] };
      return { accessKeyId, secretAccessKey, sessionToken, secrets: [secretAccessKey, sessionToken] };
    } catch (cause) {
      throw unavailable(target, cause);
    }
  }
}

/** Whose session it is, where CloudTrail shows it: 2 to 64 of these characters. */
function sessionName(subject: string, session: string): string {
  const who = subject.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 40);
  return `${who}@${session.slice(0, 22)}`;
}

function unavailable({ name }: AwsTarget, cause: unknown): SallyportError {
  return new SallyportError(
    'credential_unavailable',
    `Sallyport: no keys for ${name} can be had at the moment`,
    { hint: 'Try again; if it stays so, tell whoever runs the gateway. The log says why.', cause },
  );
}
