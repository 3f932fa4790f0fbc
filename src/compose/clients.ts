import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { InForce } from '../config/in-force.ts';
import { secretResolver } from '../config/secrets.ts';
import { Governor } from '../core/govern.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { Bus, Grants, Holds, Journal } from '../core/ports.ts';
import { AwsSecrets } from '../credentials/aws.ts';
import { Leases } from '../credentials/leases.ts';
import { RequestSecrets } from '../credentials/request.ts';
import { privateFile } from '../files/kept-file.ts';
import { BudgetKeeper } from '../holds/budget-keeper.ts';
import { Errands } from '../identity/errands.ts';
import { openLocalIssuer } from '../identity/local.ts';
import { Revocations } from '../identity/revocations.ts';
import { Tickets } from '../identity/tickets.ts';
import { Identities } from '../identity/verifier.ts';
import { createMasking } from '../masking/plan.ts';
import { mayPass } from '../policy/passage.ts';
import { BudgetBook } from '../policy/budgets.ts';
import type { Log, Peers, ProtocolParts } from '../protocols/protocol.ts';
import type { Store } from '../store/store.ts';
import { serverTls } from '../transport/certificates.ts';
import { Leaves } from '../transport/leaves.ts';
import { spoolBytesMax, Spools } from '../transport/spool.ts';
import { authorizationServer, discoveryUrl } from './addresses.ts';
import { clock } from './clock.ts';
import { sessionBook } from './sessions.ts';

export interface ClientsOptions {
  readonly inForce: InForce;
  readonly grants: Grants;
  readonly store: Store;
  readonly journal: Journal;
  readonly live: LiveSessions;
  readonly holds: Holds;
  /** This process, among those that share the store. */
  readonly instance: string;
  readonly log: Log;
  readonly spoolDir: string;
  /** Told of what other processes go by. Absent: there are none. */
  readonly bus?: Bus;
  readonly peers?: Peers;
  /** Where the API listens, once it does. */
  readonly httpPort: () => number | undefined;
}

/** Who clients are, what they may do, and what is brought for them. */
export interface Clients {
  /** What every protocol is given. */
  readonly parts: ProtocolParts;
  readonly verifier: Identities;
  readonly tickets: Tickets;
  readonly errands: Errands;
  readonly revocations: Revocations;
  readonly budgets: BudgetBook;
  readonly leases: Leases;
  /** Who is trusted, and how much they may do, by another configuration. */
  reload(config: Config): void;
  /** What other processes have changed in the store is at hand. */
  refresh(): Promise<void>;
  /** At the end: what was counted is kept. */
  keepBudgets(): Promise<void>;
}

/** What every process has that takes clients. */
export async function openClients(it: ClientsOptions): Promise<Clients> {
  const { inForce, store, journal, live, holds, instance, log, grants } = it;
  const { data, listen, journal: recording } = inForce.config;
  const warn = (message: string, cause: unknown): void => log.warn({ err: cause }, message);
  const resolveSecret = secretResolver(dirname(inForce.config.file));
  const local = await openLocalIssuer({ dataDir: data, clock });
  const trusted = ({ identity }: Config) => ({
    issuers: identity.issuers,
    ...(identity.local ? { local } : {}),
    ...(identity.login === undefined ? {} : { signIn: identity.login.issuer }),
  });
  const tickets = await Tickets.open({
    records: store.tickets,
    dataDir: data,
    clock,
    onChange: () => it.bus?.publish({ kind: 'tickets' }),
  });
  const errands = await Errands.open(data);
  const verifier = new Identities({
    ...trusted(inForce.config),
    tickets,
    errands,
    clock,
    onKeysFailed: (issuer, error) => warn(`keys of ${issuer} could not be fetched`, error),
  });
  const revocations = await Revocations.open(store.revocations, () =>
    it.bus?.publish({ kind: 'revocations' }),
  );
  const leases = new Leases({
    records: store.leases,
    resolveSecret,
    journal,
    clock,
    installation: store.installation,
    instance,
    report: warn,
  });
  const budgets = new BudgetBook({ grants, now: () => clock.now() });
  budgets.use(inForce.config);
  const keeper = new BudgetKeeper({
    book: budgets,
    records: store.budgets,
    clock,
    report: warn,
    shared: it.bus !== undefined,
  });
  await keeper.start();
  const masking = createMasking();
  const tls = await serverTls({
    dataDir: data,
    host: listen.host,
    ...(listen.tls && { configured: { cert: listen.tls.certFile, key: listen.tls.keyFile } }),
  });
  const parts: ProtocolParts = {
    clock,
    log,
    journal,
    live,
    verifier,
    masking,
    tls,
    lessor: leases,
    requestCredentials: new RequestSecrets(resolveSecret, clock),
    awsCredentials: new AwsSecrets(resolveSecret, clock),
    ticketOf: (id) => tickets.ticketOf(id),
    governor: new Governor({ policy: () => inForce.policy, masking, holds, journal, budgets }),
    book: sessionBook(store, instance),
    policy: () => inForce.policy,
    targets: () => inForce.config.targets,
    revoked: (identity) => revocations.has(identity) || tickets.hasEnded(identity),
    discoveryUrl: () => discoveryUrl(inForce.config, it.httpPort()),
    authorizationServer: () => authorizationServer(inForce.config, it.httpPort()),
    maskKey: await maskKey(data),
    sent: store.sent,
    signatures: store.signatures,
    tools: store.tools,
    spools: new Spools({ dir: it.spoolDir, bytesMax: spoolBytesMax / (it.peers?.count ?? 1) }),
    leaves: () => Leaves.open(data, () => clock.now()),
    mayPass: (identity, authority) => mayPass(inForce.config.passthrough, identity, authority),
    record: recording.record,
    ...(it.peers === undefined ? {} : { peers: it.peers }),
  };
  return {
    parts,
    verifier,
    tickets,
    errands,
    revocations,
    budgets,
    leases,
    reload(config) {
      verifier.update(trusted(config));
      budgets.use(config);
    },
    async refresh() {
      await revocations.refresh();
      await tickets.refresh();
    },
    keepBudgets: () => keeper.close(),
  };
}

/** The secret that hashes and tokens are made with; replicas that share it give the same ones. */
async function maskKey(dataDir: string): Promise<Buffer> {
  const text = await privateFile(join(dataDir, 'mask-key'), () => randomBytes(32).toString('base64'));
  return Buffer.from(text, 'base64');
}
