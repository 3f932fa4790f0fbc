import type { Lease } from '../core/ports.ts';
import type { PostgresCredentialSpec, Secret } from '../core/target.ts';

/** What a reference in the configuration stands for. */
export type ResolveSecret = (secret: Secret) => Promise<string>;

/** An account that others use too: read anew for every session, so that it can be rotated. */
export async function staticLease(
  spec: PostgresCredentialSpec & { kind: 'static' },
  resolve: ResolveSecret,
): Promise<Lease> {
  const [user, password] = await Promise.all([
    resolve(spec.user),
    spec.password === undefined ? undefined : resolve(spec.password),
  ]);
  return { user, password, end: async () => undefined };
}
