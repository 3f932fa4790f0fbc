import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import type { Clock, Journal, Lease, Lessor } from '../core/ports.ts';
import type { LeaseRecord, LeaseRecords } from '../core/records.ts';
import type { PostgresTarget } from '../core/target.ts';
import { scramVerifier } from '../wire/postgres/scram.ts';
import { isRefusal, type MintSpec, PostgresAdmins, type Run } from './postgres-admin.ts';
import type { ResolveSecret } from './static.ts';

export type MintRequest = Parameters<Lessor['lease']>[0];

export interface RoleMintOptions {
  readonly records: LeaseRecords;
  readonly resolveSecret: ResolveSecret;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Goes into every role's name, so that this installation's can be told from others'. */
  readonly installation: string;
  /** This process, among those that share the store. */
  readonly instance: string;
  /** For the log: what could not be cleaned up, and why. */
  readonly report: (message: string, cause: unknown) => void;
}

/**
 * A session has one connection; the gateway asks on a second what names mean, and on a third what a held command would do;
 * one more may still be closing.
 */
const connectionsMax = 4;
/** The password is 256 random bits: there is nothing to guess, so nothing for iterations to slow down. */
const scramIterations = 1;
const goneWithinMs = 5_000;

const undefinedObject = '42704';
const dependentObjects = '2BP01';

/** PostgreSQL roles that live as long as one session. */
export class RoleMint {
  readonly #it: RoleMintOptions;
  readonly #admins: PostgresAdmins;
  readonly #dropping = new Set<string>();

  constructor(options: RoleMintOptions) {
    this.#it = options;
    this.#admins = new PostgresAdmins(options.resolveSecret);
  }

  async mint(spec: MintSpec, { sessionId, identity, target, readOnly }: MintRequest): Promise<Lease> {
    const { records, instance, clock, journal } = this.#it;
    const user = this.#prefix(target) + randomBytes(8).toString('hex');
    const password = randomBytes(32).toString('base64url');
    const record: LeaseRecord = {
      id: user,
      target: target.name,
      session: sessionId,
      user,
      instance,
      createdAtMs: clock.now(),
      state: 'live',
      error: null,
    };
    const sql = createRole({
      user,
      password,
      memberOf: spec.memberOf,
      untilMs: identity.expiresAtMs,
      readOnly,
    });
    // Connected first, so that an upstream that is away leaves no lease behind.
    await this.#admins.use(target, spec, async (run) => {
      // Before the role: a crash in between leaves a lease without a role, never a role without a lease.
      await records.add(record);
      await run(sql).catch((error: unknown) => this.#notMade(record, error));
    });
    journal.note({ type: 'lease.made', session: sessionId, target: target.name, user });
    let ended: Promise<boolean> | undefined;
    return {
      user,
      password,
      end: async () => {
        ended ??= this.drop(record, target, spec);
        await ended;
      },
    };
  }

  /** Ends a lease; false: it has to be tried again, and the record says why. Never throws. */
  async drop(lease: LeaseRecord, target: PostgresTarget, spec: MintSpec): Promise<boolean> {
    const { records, journal } = this.#it;
    if (this.#dropping.has(lease.id)) return false;
    this.#dropping.add(lease.id);
    try {
      await records.ending(lease.id, null);
      await this.#dropRole(lease.user, target, spec);
      await records.remove(lease.id);
      journal.note({ type: 'lease.ended', session: lease.session, target: lease.target, user: lease.user });
      return true;
    } catch (error) {
      await this.#leave(lease, error);
      return false;
    } finally {
      this.#dropping.delete(lease.id);
    }
  }

  /** Takes on roles of this installation that no lease tells of: the store was lost, or put back. */
  async adopt(target: PostgresTarget, spec: MintSpec): Promise<readonly LeaseRecord[]> {
    const { records, instance, clock } = this.#it;
    const prefix = this.#prefix(target);
    const sql = `SELECT rolname FROM pg_roles WHERE left(rolname, ${prefix.length}) = ${escapeLiteral(prefix)}`;
    const roles = await this.#admins.run(target, spec, sql);
    // Read after the roles: whichever of them is in use had its lease before it was made.
    const known = new Set((await records.list()).map(({ user }) => user));
    const strays = roles
      .map(({ rolname }) => String(rolname))
      .filter((user) => !known.has(user))
      .map((user): LeaseRecord => {
        const createdAtMs = clock.now();
        const of = { target: target.name, session: 'unknown', user, instance, createdAtMs };
        return { id: user, ...of, state: 'ending', error: null };
      });
    for (const stray of strays) await records.add(stray);
    return strays;
  }

  async close(): Promise<void> {
    await this.#admins.close();
  }

  /** Shared by the roles of one target: those of another on the same server own things in another database. */
  #prefix({ name }: PostgresTarget): string {
    const target = createHash('sha256').update(name).digest('hex').slice(0, 6);
    return `sp_${this.#it.installation}_${target}_`;
  }

  async #notMade(record: LeaseRecord, error: unknown): Promise<never> {
    if (isRefusal(error)) await this.#it.records.remove(record.id);
    // The server did not say: the role may be there.
    else await this.#leave(record, error);
    throw error;
  }

  async #leave(lease: LeaseRecord, error: unknown): Promise<void> {
    const { records, report } = this.#it;
    report(`role ${lease.user} on ${lease.target} is still there`, error);
    await records.ending(lease.id, reasonOf(error)).catch((cause: unknown) => {
      report(`lease ${lease.id} could not be marked`, cause);
    });
  }

  async #dropRole(user: string, target: PostgresTarget, spec: MintSpec): Promise<void> {
    const run = (sql: string) => this.#admins.run(target, spec, sql);
    const role = identifier(user);
    // First of all nobody can log in as it any more. To end its connections and to give away what it owns, an
    // administrator who is no superuser has to be a member of it.
    const locked = await run(`ALTER ROLE ${role} NOLOGIN; GRANT ${role} TO CURRENT_USER`).then(
      () => true,
      (error: unknown) => {
        if (isRefusal(error) && error.code === undefinedObject) return false;
        throw error;
      },
    );
    if (!locked) return;
    await disconnect(user, run);
    try {
      await run(`DROP ROLE ${role}`);
    } catch (error) {
      if (!isRefusal(error) || error.code !== dependentObjects) throw error;
      await run(bequeath(role, spec.memberOf, error));
    }
  }
}

async function disconnect(user: string, run: Run): Promise<void> {
  const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${escapeLiteral(user)}`;
  let waitedMs = 0;
  for (let pauseMs = 5; ; pauseMs *= 2) {
    const connections = await run(terminate);
    if (connections.length === 0) return;
    if (waitedMs > goneWithinMs) throw new Error(`${connections.length} of its connections do not end`);
    await pause(pauseMs);
    waitedMs += pauseMs;
  }
}

/**
 * What it owns goes to the first role it was a member of, never to the administrator: a function or view that an
 * agent wrote would then run with the administrator's rights. With no such role it stays as it is, locked.
 */
function bequeath(role: string, memberOf: readonly string[], why: DatabaseError): string {
  const [heir] = memberOf;
  if (heir === undefined) {
    throw new Error(`it owns things, and member_of names no role to give them to: ${reasonOf(why)}`);
  }
  return `REASSIGN OWNED BY ${role} TO ${identifier(heir)}; DROP OWNED BY ${role}; DROP ROLE ${role}`;
}

interface RoleSpec {
  readonly user: string;
  readonly password: string;
  readonly memberOf: readonly string[];
  readonly untilMs: number;
  readonly readOnly: boolean;
}

function createRole({ user, password, memberOf, untilMs, readOnly }: RoleSpec): string {
  const role = identifier(user);
  const verifier = scramVerifier(password, randomBytes(16), scramIterations);
  const sql = [
    `CREATE ROLE ${role} LOGIN PASSWORD ${escapeLiteral(verifier)}`,
    `VALID UNTIL '${timestamp(untilMs)}' CONNECTION LIMIT ${connectionsMax}`,
    ...(memberOf.length === 0 ? [] : [`IN ROLE ${memberOf.map(identifier).join(', ')}`]),
  ].join(' ');
  return readOnly ? `${sql}; ALTER ROLE ${role} SET default_transaction_read_only = on` : sql;
}

function identifier(name: string): string {
  // The protocol's strings end at a NUL: what follows it would be lost, and with it the closing quote.
  if (name.includes('\u0000')) throw new TypeError('a role’s name holds no NUL');
  return escapeIdentifier(name);
}

/** PostgreSQL's timestamps end before JavaScript's do. */
function timestamp(ms: number): string {
  const yearMax = Date.UTC(9999, 11, 31);
  return ms < yearMax ? new Date(ms).toISOString() : 'infinity';
}

function reasonOf(error: unknown): string {
  const { message, detail } = error as { message?: unknown; detail?: unknown };
  return [message, detail].filter((part) => typeof part === 'string').join(': ') || String(error);
}
