import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';

const login = z.object({
  token: z.string(),
  /** Who it stands for, to be shown. */
  subject: z.string(),
  issuer: z.string(),
  expiresAt: z.iso.datetime(),
  /** File of the authority that the gateway's certificate comes from. */
  ca: z.string().optional(),
});
export type KeptLogin = z.infer<typeof login>;

const kept = z.object({
  /** The gateway that was signed in to last. */
  current: z.string().optional(),
  /** By origin, so that no gateway gets another's. */
  gateways: z.record(z.string(), login),
});
type Kept = z.infer<typeof kept>;

const nothing: Kept = { gateways: {} };

/** The gateway that `sallyport login` was last used with, if its login is still kept. */
export function currentGateway(io: Io): string | undefined {
  const { current, gateways } = read(io);
  return current !== undefined && Object.hasOwn(gateways, current) ? current : undefined;
}

/** What `sallyport login` has kept for this gateway, expired or not. */
export function keptLogin(io: Io, url: string): KeptLogin | undefined {
  const { gateways } = read(io);
  const { origin } = new URL(url);
  return Object.hasOwn(gateways, origin) ? gateways[origin] : undefined;
}

export function keepLogin(io: Io, url: string, it: KeptLogin): void {
  const { origin } = new URL(url);
  write(io, { current: origin, gateways: { ...read(io).gateways, [origin]: it } });
}

export function forgetLogin(io: Io, url: string): void {
  const { gateways, current } = read(io);
  const { [new URL(url).origin]: _gone, ...rest } = gateways;
  write(io, { gateways: rest, ...(current === undefined ? {} : { current }) });
}

/** `$XDG_CONFIG_HOME/sallyport`, else `~/.config/sallyport`; undefined where there is no home. */
function folder({ env }: Io): string | undefined {
  const { XDG_CONFIG_HOME: config, HOME: home, APPDATA: roaming } = env;
  if (config !== undefined && config !== '') return join(config, 'sallyport');
  if (home !== undefined && home !== '') return join(home, '.config', 'sallyport');
  return roaming === undefined || roaming === '' ? undefined : join(roaming, 'sallyport');
}

function read(io: Io): Kept {
  const dir = folder(io);
  if (dir === undefined) return nothing;
  const file = join(dir, 'logins.json');
  if (!existsSync(file)) return nothing;
  mustBePrivate(file);
  const found = kept.safeParse(parsed(readFileSync(file, 'utf8')));
  if (found.success) return found.data;
  throw new UsageError(`${file} cannot be read`, 'Remove it, and sign in again: sallyport login.');
}

/** Whoever can read it could act as its owner; whoever can write it, choose whom the owner acts as. */
function mustBePrivate(file: string): void {
  const { mode, uid } = lstatSync(file);
  const me = process.getuid?.();
  // Windows has no such modes; a home folder is private there.
  if (me === undefined) return;
  if ((mode & 0o077) === 0 && uid === me) return;
  throw new UsageError(`${file} is open to others`, `Make it your own: chmod 600 ${file}`);
}

/** Whole or not at all, and never readable by anybody else, not even for a moment. */
function write(io: Io, it: Kept): void {
  const dir = folder(io);
  if (dir === undefined) {
    throw new UsageError('there is no folder to keep a login in', 'Set HOME or XDG_CONFIG_HOME.');
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const draft = join(dir, `logins.${process.pid}.tmp`);
  writeFileSync(draft, `${JSON.stringify(it, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, join(dir, 'logins.json'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
