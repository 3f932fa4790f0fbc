import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { LoginCodeRecords, LoginRecords, LoginSpec, SignIn, SignInDoor } from '../../core/login.ts';
import type { OnceRecords } from '../../core/once.ts';
import type { Clock, Journal } from '../../core/ports.ts';
import { eventIdentity } from '../../core/session.ts';
import type { IssuedTicket } from '../../core/tickets.ts';
import { newTicketId, ticketMsMax } from '../tickets.ts';
import type { Tickets } from '../tickets.ts';
import { Flows } from './flows.ts';
import { SamlDoor } from './saml-door.ts';
import { StoredCodes } from './stored-codes.ts';
import { StoredLogins } from './stored-logins.ts';

export interface SignInOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly logins: LoginRecords;
  readonly codes: LoginCodeRecords;
  readonly assertions: OnceRecords;
  readonly tickets: Pick<Tickets, 'issue' | 'end'>;
  readonly revoked: (identity: Identity) => boolean;
  /** What is configured now. */
  readonly spec: () => LoginSpec | undefined;
  /** Where people reach the gateway. */
  readonly baseUrl: () => string;
  readonly resolveSecret: (secret: string) => Promise<string>;
}

/** @throws Error where others may read the key of the data folder, or it is none */
export async function openSignIn(options: SignInOptions): Promise<SignIn> {
  const { clock, journal, revoked, spec } = options;
  const flows = await Flows.open(options);
  let door: SignInDoor | undefined;
  return {
    door: () => {
      const now = spec();
      if (door?.spec !== now) door = now === undefined ? undefined : doorOf(now, flows, options);
      return door;
    },
    logins: new StoredLogins({ records: options.logins, journal, clock, spec }),
    codes: new StoredCodes({
      records: options.codes,
      logins: options.logins,
      clock,
      revoked,
      issue: (identity, client) => issue(options, identity, client),
    }),
  };
}

function doorOf(spec: LoginSpec, flows: Flows, options: SignInOptions): SignInDoor {
  const { clock, baseUrl, resolveSecret, assertions } = options;
  switch (spec.via) {
    case 'oidc':
      return whenAsked(spec, async () => {
        const { OidcDoor } = await import('./oidc-door.ts');
        return new OidcDoor({ spec, flows, clock, baseUrl, resolveSecret });
      });
    case 'saml':
      return new SamlDoor({ spec, flows, clock, baseUrl, assertions, resolveSecret });
  }
}

/** A door whose library is loaded when the first one comes to it: few gateways see that in their first second. */
function whenAsked(spec: LoginSpec, load: () => Promise<SignInDoor>): SignInDoor {
  let loading: Promise<SignInDoor> | undefined;
  const door = (): Promise<SignInDoor> => (loading ??= load());
  return {
    spec,
    begin: async (returnTo) => (await door()).begin(returnTo),
    finish: async (answer, sealed) => (await door()).finish(answer, sealed),
    farewell: async (returnTo) => (await door()).farewell(returnTo),
  };
}

/** A ticket for somebody who has signed in: as wide as they are, and never beyond the login that it comes from. */
async function issue(
  { clock, journal, tickets, revoked }: SignInOptions,
  signedIn: Identity,
  client: string,
): Promise<IssuedTicket> {
  const ticket = newTicketId();
  const expiresAtMs = Math.min(clock.now() + ticketMsMax, signedIn.expiresAtMs);
  const identity: Identity = { ...signedIn, ticket, expiresAtMs };
  journal.append({
    type: 'ticket.issued',
    ticket,
    client,
    identity: eventIdentity(identity),
    expires: new Date(expiresAtMs).toISOString(),
  });
  await journal.commit();
  const issued = await tickets.issue({ id: ticket, identity, from: [] });
  // Whoever was shut out while this went on gets none.
  if (issued !== undefined && !revoked(identity)) return issued;
  await tickets.end([ticket]);
  throw new SallyportError('revoked', 'Sallyport: this identity was revoked');
}
