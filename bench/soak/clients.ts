import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

import { python } from '../../test/clients/python.ts';
import { WireClient } from '../../test/fixtures/wire-client.ts';
import type { Place } from '../raw-client.ts';
import { crewActs, Left, loaderActs, readingActs, refusalOf, sqlstateOf } from './acts.ts';
import type { Act, Group } from './acts.ts';
import { Chance } from './chance.ts';
import type { Disturbances } from './disturbances.ts';
import { openPg, openPostgresJs } from './drivers.ts';
import type { Open } from './drivers.ts';
import type { Ledger } from './ledger.ts';
import { runPsql } from './psql.ts';
import { psycopgVisits } from './psycopg.ts';
import { openTap } from './tap.ts';
import type { Cut } from './tap.ts';
import { wireActs, wireError } from './wire-acts.ts';

/** What all clients of a run share. */
export interface Run {
  readonly seed: number;
  /** By `performance.now()`. */
  readonly untilMs: number;
  readonly gatewayPort: number;
  readonly tokens: Readonly<Record<Group, string>>;
  readonly ledger: Ledger;
  readonly disturbances: Disturbances;
}

/** One client: its name, which of the two groups it is of, and one visit of it. */
export interface Roamer {
  readonly name: string;
  readonly group: Group;
  readonly chance: Chance;
  visit(place: Address): Promise<void>;
  close?(): void;
}

/** Where a client connects, and what it calls itself. */
export type Address = Place & { readonly application: string };

const actsMax = 12;
/** Far more than anything takes, on a machine that does much else. */
const visitMsMax = 120_000;

/** Those that this machine has programs for, and what it lacks. */
export function roamers(run: Run): { readonly all: readonly Roamer[]; readonly missing: readonly string[] } {
  const drivers: readonly [string, Open][] = [
    ['pgsimple', openPg('simple')],
    ['pgextended', openPg('extended')],
    ['pgnamed', openPg('named')],
    ['postgresjs', openPostgresJs],
  ];
  const all: Roamer[] = [];
  const missing: string[] = [];
  for (const group of ['crews', 'loaders'] as const) {
    for (const [driver, open] of drivers) all.push(driverRoamer(run, `${driver}${group}`, group, open));
    for (const number of [1, 2]) all.push(wireRoamer(run, `wire${number}${group}`, group));
    if (works('psql', '--version')) all.push(psqlRoamer(run, `psql${group}`, group));
    else if (group === 'crews') missing.push('psql');
    if (works(python.program, '-c', 'import psycopg')) all.push(psycopgVisits(run, group));
    else if (group === 'crews') missing.push(`psycopg (${python.how})`);
  }
  return { all, missing };
}

function works(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

/** What has become of a client. */
export interface Roamed {
  readonly name: string;
  readonly receivedBytes: number;
  /** Visits that nothing broke off. */
  readonly well: number;
}

/** Comes again and again until the run is over; what fails without a reason is complained of. */
export async function roam(run: Run, roamer: Roamer): Promise<Roamed> {
  const { ledger, disturbances } = run;
  const { name, group, chance } = roamer;
  const tap = await openTap(run.gatewayPort, (secret) => ledger.complain(`${name} received ${secret}`));
  let well = 0;
  const password = run.tokens[group];
  const place: Address = { port: tap.port, user: 'anybody', database: 'orders', password, application: name };
  try {
    while (performance.now() < run.untilMs) {
      const fromMs = performance.now();
      const cutsBefore = tap.cuts;
      tap.next = cutOf(chance);
      try {
        await within(roamer.visit(place));
        well += 1;
        ledger.count('visits that went well');
      } catch (error) {
        const killed = disturbances.killedSince(name, fromMs);
        const reason = killed
          ? 'ended over the API'
          : reasonOf(error, tap.cuts > cutsBefore, disturbances.since(fromMs));
        ledger.count(`visits broken off: ${reason ?? 'nobody knows why'}`);
        if (reason === undefined) ledger.complain(`${name}: ${describe(error)}`);
        await pause(20);
      }
    }
  } finally {
    roamer.close?.();
    await tap.close();
  }
  return { name, receivedBytes: tap.bytes, well };
}

/** In the login, in small answers, in large ones, in the middle of what is asked, or not at all. */
function cutOf(chance: Chance): Cut | undefined {
  const kind = chance.one([undefined, undefined, undefined, ...cuts]);
  return kind && { ...kind, bytes: chance.from(1, kind.bytes), reset: chance.maybe(0.5) };
}

const cuts = [
  { from: 'gateway', bytes: 600 },
  { from: 'gateway', bytes: 20_000 },
  { from: 'gateway', bytes: 3_000_000 },
  { from: 'client', bytes: 5_000 },
] as const;

function reasonOf(error: unknown, cut: boolean, disturbed: boolean): string | undefined {
  if (error instanceof Left) return 'left on purpose';
  if (cut) return 'cut';
  return disturbed && !isStrange(error) ? 'something was killed' : undefined;
}

/** What no kill explains: they end connections, and the server shuts down or starts. */
function isStrange(error: unknown): boolean {
  const state = sqlstateOf(error);
  return state !== undefined && !/^(08|57P)/.test(state);
}

function describe(error: unknown): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return `${sqlstateOf(error) ?? 'no SQLSTATE'} ${refusalOf(error) ?? ''} ${message.slice(0, 300)} ${stack?.split('\n')[1] ?? ''}`;
}

async function within(visit: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no end after ${visitMsMax / 1000} s`)), visitMsMax);
  try {
    await Promise.race([visit, late]);
  } finally {
    clearTimeout(timer);
  }
}

function driverRoamer({ seed, ledger }: Run, name: string, group: Group, open: Open): Roamer {
  const chance = new Chance(seed, name);
  const own = group === 'crews' ? crewActs : loaderActs;
  return {
    name,
    group,
    chance,
    async visit(place) {
      const connection = await open(place);
      try {
        for (let count = chance.from(1, actsMax); count > 0; count--) {
          const act: Act = chance.maybe(0.3) ? chance.one(own) : chance.one(readingActs);
          await act({ name, group, chance, ledger, connection });
        }
        if (chance.maybe(0.3)) return connection.drop();
      } catch (error) {
        connection.drop();
        throw error;
      }
      await connection.end();
    },
  };
}

function wireRoamer({ seed, ledger }: Run, name: string, group: Group): Roamer {
  const chance = new Chance(seed, name);
  const acts = wireActs(group);
  return {
    name,
    group,
    chance,
    async visit(place) {
      const client = await WireClient.login({
        ...place,
        parameters: { application_name: place.application },
      });
      try {
        const refused = client.take().find((line) => line.startsWith('ErrorResponse'));
        if (refused !== undefined) throw wireError(refused);
        if (client.ended) throw new Error('the connection ended in its login');
        for (let count = chance.from(1, actsMax); count > 0; count--) {
          await chance.one(acts)({ name, chance, ledger, client, port: place.port });
        }
        await client.close();
      } finally {
        client.socket.destroy();
      }
    },
  };
}

function psqlRoamer({ seed, ledger }: Run, name: string, group: Group): Roamer {
  const chance = new Chance(seed, name);
  return { name, group, chance, visit: (place) => runPsql(place, { name, group, chance, ledger }) };
}
