import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Lease } from '../../core/ports.ts';
import { Session } from '../../core/session.ts';
import type { PostgresTarget } from '../../core/target.ts';
import { admit, newSessionId, recordClosing, recordOpening, revoked } from '../admission.ts';
import type { ProtocolParts } from '../protocol.ts';
import type { LoadedCatalog } from './catalog.ts';
import { checkSensitive } from './catalogs.ts';
import type { Introduction } from './login.ts';
import type { Proof } from './proof.ts';
import { Relay } from './relay.ts';
import { asRefusal } from './sqlstate.ts';
import type { Shared } from './shared.ts';
import { steersPlanner } from '../../wire/sql/settings.ts';
import { connectUpstream, queryUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/** From a token to a running session: who is it, may it in, record that, bring the credential, connect. */
export async function openSession(shared: Shared, client: Introduction): Promise<void> {
  const { parts } = shared;
  const address = client.socket.remoteAddress ?? 'unknown';
  let session: Session<PostgresTarget> | undefined;
  let lease: Lease | undefined;
  try {
    const identity = await verified(parts, client.proof);
    const target = admit(parts, identity, 'postgres', client.database);
    checkPlanning(target, client.settings);
    session = new Session({
      id: newSessionId(),
      identity,
      target,
      client: identity.errand?.client ?? address,
      nowMs: parts.clock.now(),
    });
    await recordOpening(parts, session, 'postgres', client.application);
    const readOnly = parts.policy().readOnly(identity, target);
    lease = await parts.lessor.lease({ sessionId: session.id, identity, target, readOnly });
    const upstream = await connectUpstream(target.address, lease, client.settings);
    upstream.socket.on('error', () => upstream.socket.destroy());
    checkText(upstream);
    const catalog = await freshCatalog(shared, target, upstream);
    // While all that went on nobody could have ended this session.
    if (parts.revoked(identity)) throw revoked();
    new Relay(shared, client, session, lease, upstream, catalog).start();
  } catch (error) {
    const refusal = asRefusal(error);
    if (session === undefined) {
      const { database: target } = client;
      const facts = { protocol: 'postgres', client: address, target, reason: refusal.message };
      parts.journal.note({ type: 'identity.refused', ...facts });
    } else {
      await abandon(parts, session, lease, refusal);
    }
    throw error;
  }
}

async function verified({ verifier }: ProtocolParts, { token, decline }: Proof): Promise<Identity> {
  try {
    return await verifier.verify(token);
  } catch (error) {
    await decline();
    throw error;
  }
}

/** @throws SallyportError: by them rows come in an order that tells hidden values; SET them where nothing is hidden */
function checkPlanning({ sensitive, name }: PostgresTarget, settings: ReadonlyMap<string, string>): void {
  const found = sensitive.size === 0 ? undefined : [...settings.keys()].find(steersPlanner);
  if (found === undefined) return;
  throw new SallyportError('denied', `Sallyport: ${found} may not be set on the way in to ${name}`, {
    hint: 'It decides in which order rows come, and there are sensitive columns. Leave it out of "options"; SET it once inside if nothing is hidden from you.',
  });
}

async function abandon(
  parts: ProtocolParts,
  session: Session,
  lease: Lease | undefined,
  refusal: SallyportError,
): Promise<void> {
  session.end(refusal);
  await lease?.end();
  await recordClosing(parts, session, refusal);
}

/** The gateway's parser reads UTF-8 and standard strings; a server that reads otherwise would run another text. */
function checkText({ parameters, socket }: Upstream): void {
  const encoding = parameters.get('client_encoding') ?? 'UTF8';
  const readsAlike =
    parameters.get('standard_conforming_strings') === 'on' &&
    (encoding === 'UTF8' || (encoding === 'SQL_ASCII' && parameters.get('server_encoding') === 'UTF8'));
  if (readsAlike) return;
  socket.destroy();
  throw new SallyportError(
    'upstream_protocol',
    'Sallyport: the server would read SQL otherwise than the gateway does',
    {
      hint: 'The database needs standard_conforming_strings = on and, for this client, client_encoding = UTF8.',
    },
  );
}

async function freshCatalog(
  shared: Shared,
  target: PostgresTarget,
  upstream: Upstream,
): Promise<LoadedCatalog> {
  const known = shared.catalogs.fresh(target);
  const catalog = known ?? (await shared.catalogs.load(target, (sql) => queryUpstream(upstream, sql)));
  checkSensitive(target, catalog);
  return catalog;
}
