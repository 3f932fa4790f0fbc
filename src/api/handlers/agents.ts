import { chain } from '../../core/live-sessions.ts';
import type { Identity } from '../../core/identity.ts';
import type { RevocationRecord } from '../../core/records.ts';
import type { NamedUse, SeenRecord } from '../../core/seen.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { AgentBody } from '../contract/schemas/agents.ts';
import { iso } from '../wire.ts';

export const listAgents = answering(routes.listAgents, async (parts, { query: { kind, subject, limit } }) => {
  const found = await parts.seen.list({
    ...(kind === 'all' ? {} : { kind }),
    ...(subject === undefined ? {} : { subject }),
    limit,
  });
  const tickets = await parts.tickets.list();
  const revocations = await parts.revocations.list();
  const sessions = parts.live.list();
  return {
    agents: found.map((one) =>
      agentBody(one, {
        liveSessions: sessions.filter(({ identity }) => hasPart(identity, one)).length,
        liveTickets: tickets.filter(({ identity }) => hasPart(identity, one)).length,
        revocation: revocations.find((revocation) => isAbout(revocation, one)),
      }),
    ),
  };
});

function hasPart(identity: Identity, { issuer, subject }: SeenRecord): boolean {
  return chain(identity).some((one) => one.issuer === issuer && one.subject === subject);
}

function isAbout(revocation: RevocationRecord, { issuer, subject }: SeenRecord): boolean {
  return revocation.subject === subject && (revocation.issuer === null || revocation.issuer === issuer);
}

function agentBody(
  { firstAtMs, lastAtMs, targets, rules, ...seen }: SeenRecord,
  now: {
    readonly liveSessions: number;
    readonly liveTickets: number;
    readonly revocation: RevocationRecord | undefined;
  },
): AgentBody {
  const { revocation, ...live } = now;
  return {
    ...seen,
    ...live,
    firstSeenAt: iso(firstAtMs),
    lastSeenAt: iso(lastAtMs),
    targets: targets.map(useBody),
    rules: rules.map(useBody),
    disabled:
      revocation === undefined
        ? null
        : {
            at: iso(revocation.atMs),
            by: revocation.by,
            because: revocation.because ?? null,
            issuer: revocation.issuer,
          },
  };
}

function useBody({ lastAtMs, ...use }: NamedUse): AgentBody['targets'][number] {
  return { ...use, lastUsedAt: iso(lastAtMs) };
}
