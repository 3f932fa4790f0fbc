import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { secrets } from '../../../demo/shop.ts';
import type { Driver } from './roster.ts';
import { isPart } from './scenario.ts';

/** What a runner says of one part: what it saw, why the driver cannot do it, or how it failed. */
export interface Report {
  readonly saw?: unknown;
  /** What a user of the driver should know of it, though it went well. */
  readonly remark?: string;
  readonly cannot?: string;
  readonly failed?: string;
}

export interface Finding {
  readonly driver: Driver;
  /** As the driver tells it. */
  readonly version: string;
  readonly reports: Readonly<Record<string, Report>>;
  /** What the runner complained of, where it did not end well. */
  readonly trouble: string;
}

/** A runner that hangs must not keep the others waiting. */
const endsWithinMs = 600_000;

/** Runs a driver's runner, which prints a line of JSON for its version and for each part. */
export async function playScenario(driver: Driver, env: NodeJS.ProcessEnv): Promise<Finding> {
  const [program, ...args] = driver.command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: endsWithinMs });
  const closed = once(child, 'close').catch((error: unknown) => [String(error)]);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  let version = '';
  const reports: Record<string, Report> = {};
  for await (const line of createInterface(child.stdout)) {
    const leak = secrets.find((secret) => line.includes(secret));
    if (leak !== undefined) complaint += `"${leak}" came through\n`;
    const said = parse(line);
    if ('version' in said) version = String(said.version);
    else if ('part' in said && isPart(said.part)) reports[said.part] = said;
    else complaint += `${line}\n`;
  }
  const [code] = await closed;
  return { driver, version, reports, trouble: code === 0 ? '' : `ended with ${String(code)}\n${complaint}` };
}

type Said = { readonly version: string } | (Report & { readonly part: string }) | Record<never, never>;

/** Lines that are no JSON are complaints. */
function parse(line: string): Said {
  try {
    return JSON.parse(line) as Said;
  } catch {
    return {};
  }
}
