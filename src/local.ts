import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { explainedBody } from './api/explained.ts';
import type { Local } from './cli/local.ts';
import { startGateway } from './compose.ts';
import { baseUrl } from './compose/addresses.ts';
import { clock } from './compose/clock.ts';
import type { Config } from './config/config.ts';
import { ConfigRefused } from './config/error.ts';
import { loadConfig } from './config/load.ts';
import type { BudgetLeft } from './core/budget.ts';
import { SallyportError } from './core/errors.ts';
import type { Identity } from './core/identity.ts';
import type { Target } from './core/target.ts';
import { LiveGrants } from './holds/live-grants.ts';
import { localIssuerName } from './identity/issuer.ts';
import { openLocalIssuer } from './identity/local.ts';
import { verifyJournal } from './journal/verify.ts';
import { BudgetBook } from './policy/budgets.ts';
import { explain } from './policy/explain.ts';
import { Analyst } from './protocols/postgres/analyst.ts';
import { ownAuthority } from './transport/certificates.ts';

/** Their limits alone: what is left of them, the running gateway knows. */
function budgetsOf(config: Config, identity: Identity, target: Target): readonly BudgetLeft[] {
  const book = new BudgetBook({ grants: new LiveGrants(clock), now: () => clock.now() });
  book.use(config);
  return book.left(identity, target).map((one) => ({ ...one, left: null }));
}

/** What the commands do on this machine, without the API. */
export const local: Local = {
  async serve({ config, workers }) {
    const { listen } = await loadConfig(config);
    const gateway = await startGateway(config, workers === undefined ? {} : { workers });
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    return {
      addresses: Object.entries(gateway.ports).map(([name, port]) => ({
        name,
        address: `${listen.host}:${port}`,
      })),
      closed,
      close: () => gateway.close().finally(resolve),
    };
  },

  async check(file) {
    try {
      const { targets, rules, identity, warnings } = await loadConfig(file);
      const issuers = identity.issuers.length + (identity.local ? 1 : 0);
      return {
        problems: [],
        warnings,
        summary: { targets: [...targets.keys()], rules: rules.length, issuers },
      };
    } catch (error) {
      if (error instanceof ConfigRefused) return { problems: error.errors, warnings: [] };
      throw error;
    }
  },

  async explain(file, { target: name, text, as }) {
    const config = await loadConfig(file);
    const target = config.targets.get(name);
    if (target === undefined) {
      const known = [...config.targets.keys()].join(', ');
      throw new SallyportError('unknown_target', `there is no target "${name}"`, {
        hint: `There are: ${known}.`,
      });
    }
    const { commandOfText } = await import('./protocols/command-of-text.ts');
    const analyst = new Analyst();
    try {
      const command = await commandOfText(target, text, () => analyst);
      const identity: Identity = {
        subject: as.subject,
        issuer: as.issuer ?? localIssuerName,
        kind: as.kind,
        groups: as.groups,
        claims: as.claims ?? {},
        expiresAtMs: Number.POSITIVE_INFINITY,
      };
      const budgets = budgetsOf(config, identity, target);
      return explainedBody(explain(config.rules, { identity, target, command, nowMs: clock.now() }), budgets);
    } finally {
      await analyst.close();
    }
  },

  async simulate(file, { data, ...scope }) {
    const config = await loadConfig(file).catch((error: unknown) => {
      if (error instanceof ConfigRefused && !error.unreadable) return error;
      throw error;
    });
    if (config instanceof ConfigRefused) return { problems: config.errors, warnings: [] };
    const dir = join(data === undefined ? config.data : resolve(data), 'journal');
    await stat(dir).catch((cause: unknown) => {
      throw new SallyportError('not_found', `there is no record in ${dir}`, {
        hint: "Name the gateway's data folder with --data, or ask the gateway with --url.",
        cause,
      });
    });
    const { simulate } = await import('./simulate.ts');
    return simulate({ ...scope, dir, file: config.file, text: await readFile(config.file, 'utf8') });
  },

  async issueToken(file, request) {
    const config = await loadConfig(file);
    if (!config.identity.local) {
      throw new SallyportError('denied', "the gateway's own issuer is switched off", {
        hint: 'Set identity.local: true, or bring a token of a configured issuer.',
      });
    }
    const issuer = await openLocalIssuer({ dataDir: config.data, clock });
    return issuer.issue(request);
  },

  async authority(file) {
    const { data } = await loadConfig(file);
    await mkdir(data, { recursive: true, mode: 0o700 });
    return (await ownAuthority(data, clock.now())).ca;
  },

  async verifyAudit(file) {
    const { data } = await loadConfig(file);
    const dir = join(data, 'journal');
    return verifyJournal(dir, await readFile(join(dir, 'journal-public.pem'), 'utf8'));
  },

  async connection(file) {
    const config = await loadConfig(file);
    return {
      ...(config.listen.http === undefined ? {} : { url: baseUrl(config) }),
      ...(config.listen.tls === undefined ? { caFile: join(config.data, 'ca.pem') } : {}),
    };
  },
};
