import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Metrics } from '../api/metrics.ts';
import { createApi } from '../api/server.ts';
import type { InForce } from '../config/in-force.ts';
import { secretResolver } from '../config/secrets.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { Grants, Journal } from '../core/ports.ts';
import { gatewayTarget } from '../core/target.ts';
import { ChatCallbacks } from '../holds/notify/callbacks.ts';
import type { StoredHolds } from '../holds/stored-holds.ts';
import type { StoredRequests } from '../holds/stored-requests.ts';
import { Exchange } from '../identity/exchange.ts';
import { openSignIn } from '../identity/sign-in/open.ts';
import type { Activity } from '../journal/activity.ts';
import type { FileJournal } from '../journal/append.ts';
import { oldestSeq, readEvents } from '../journal/read.ts';
import type { Search } from '../journal/search/search.ts';
import type { JournalVerification } from '../journal/verification.ts';
import { explain } from '../policy/explain.ts';
import { commandOfText } from '../protocols/command-of-text.ts';
import { Analyst } from '../protocols/postgres/analyst.ts';
import { relationsOf } from '../protocols/postgres/relations.ts';
import type { Log } from '../protocols/protocol.ts';
import { SimulationThread } from '../simulation-thread.ts';
import type { Store } from '../store/store.ts';
import { listenHttp } from '../transport/http-listener.ts';
import { baseUrl, type Ports } from './addresses.ts';
import type { Clients } from './clients.ts';
import { clock } from './clock.ts';
import { ownDoor } from './own-door.ts';
import { matrixView, policyView } from './policy-view.ts';
import { checkpointIn } from './record.ts';
import { targetAddress } from './target-address.ts';

export interface ApiListenerParts {
  readonly version: string;
  /** Where it listens, from the configuration. */
  readonly port: number;
  /** Of everything that listens, as far as it does. */
  readonly ports: Ports;
  readonly inForce: InForce;
  readonly clients: Clients;
  readonly grants: Grants;
  readonly store: Store;
  readonly live: LiveSessions;
  readonly journal: Journal;
  readonly fileJournal: FileJournal;
  readonly holds: StoredHolds;
  readonly requests: StoredRequests;
  readonly metrics: Metrics;
  readonly activity: Activity;
  readonly search: Search;
  readonly verification: JournalVerification;
  readonly log: Log;
  readonly consoleDir: string | undefined;
  readonly ready: () => boolean;
}

/** How long requests of the API may take to end when the gateway stops. */
const graceMs = 1_000;
const builtConsoleDir = fileURLToPath(new URL('../../dist/console', import.meta.url));

/** The API, and the console with it, listening. */
export async function listenForApi(it: ApiListenerParts): Promise<{ port: number; close(): Promise<void> }> {
  const { version, ports, inForce, grants, store, live, journal, holds, requests, search, log } = it;
  const { data, listen } = inForce.config;
  const { parts, verifier, tickets, errands, revocations, budgets } = it.clients;
  const journalDir = join(data, 'journal');
  const resolveSecret = secretResolver(dirname(inForce.config.file));
  const exchange = new Exchange({
    verifier,
    tickets,
    journal,
    clock,
    policy: parts.policy,
    revoked: parts.revoked,
    targets: () => [...inForce.config.targets.values(), gatewayTarget],
  });
  const signIn = await openSignIn({
    dataDir: data,
    clock,
    journal,
    logins: store.logins,
    codes: store.loginCodes,
    assertions: store.assertions,
    tickets,
    revoked: parts.revoked,
    spec: () => inForce.config.identity.login,
    baseUrl: () => baseUrl(inForce.config, ports.http),
    resolveSecret,
  });
  const simulations = new SimulationThread();
  /** The API's own, so that explaining holds up no session; made when first asked for. */
  let analyst: Analyst | undefined;
  const api = createApi({
    version,
    clock,
    journal,
    verifier,
    signIn,
    gatewayTarget,
    live,
    metrics: it.metrics,
    revocations,
    tickets,
    seen: store.seen,
    tools: store.tools,
    activity: store.activity,
    exchange: (request) => exchange.issue(request),
    issueTicket: (to, terms) => exchange.issueTo(to, terms),
    errands: {
      pass: (terms) => errands.pass(terms),
      door: (protocol) =>
        ownDoor(listen.host, protocol === 'postgres' ? ports.postgres : ports.targets, parts.tls.cert),
    },
    relations: (of) => relationsOf(parts, of),
    authorizationServer: () => parts.authorizationServer(),
    baseUrl: () => baseUrl(inForce.config, ports.http),
    addressOf: (target) => targetAddress(inForce.config, ports, target),
    authority: async () => (listen.tls === undefined ? readFile(join(data, 'ca.pem'), 'utf8') : undefined),
    consoleDir: it.consoleDir ?? builtConsoleDir,
    approvals: holds,
    requests,
    budgets,
    callbacks: new ChatCallbacks({
      channels: () => inForce.config.notify,
      approvals: holds,
      journal,
      clock,
      revoked: parts.revoked,
      resolveSecret,
      report: (message, cause) => log.warn({ err: cause }, message),
    }),
    sessions: store.sessions,
    policy: parts.policy,
    targets: parts.targets,
    revoked: parts.revoked,
    events: { read: (of) => readEvents(journalDir, of) },
    record: {
      search: (query) => search.find(query),
      sessions: (query) => search.sessions(query),
      reindex: () => search.reindex(),
      oldestSeq: () => oldestSeq(journalDir),
      newestSeq: () => it.fileJournal.newestSeq,
      indexedTo: () => search.indexedTo,
      read: (of) => readEvents(journalDir, of),
    },
    explain: async ({ identity, target, text }) => {
      const command = await commandOfText(target, text, () => (analyst ??= new Analyst()), store.tools);
      return explain(inForce.config.rules, { identity, target, command, nowMs: clock.now(), grants });
    },
    policyView: () => policyView(inForce.config),
    matrixView: (seen) => matrixView(inForce.config, seen),
    simulate: (question, signal) => {
      const { file, beside: mayRead } = inForce.config;
      return simulations.run({ ...question, dir: journalDir, file, mayRead }, signal);
    },
    verification: it.verification,
    checkpoint: () => checkpointIn(journalDir),
    ready: it.ready,
    onError: (error) => log.error({ err: error }, 'the API'),
  });
  const listening = await listenHttp({
    host: listen.host,
    port: it.port,
    tls: parts.tls,
    handle: api.handler,
    // Answers may last, but nobody has to send for longer: some bodies are read before it is known whose they are.
    limits: { requestMs: 60_000 },
  });
  return {
    port: listening.port,
    async close() {
      await listening.close(graceMs);
      await analyst?.close();
      await simulations.close();
    },
  };
}
