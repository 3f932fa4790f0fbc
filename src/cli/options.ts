import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

export interface Output {
  readonly json?: boolean;
  readonly debug?: boolean;
}

export interface Configured extends Output {
  readonly config?: string;
}

/** How the gateway is reached and who asks. */
export interface Remote extends Configured {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
}

export const configDefault = './sallyport.yaml';

function withOutput(command: Command): Command {
  return command
    .option('--json', 'for machines, on stdout alone')
    .option('--debug', 'say where an error came from');
}

export function withConfig(command: Command): Command {
  return withOutput(command).option('--config <file>', `configuration (default: ${configDefault})`);
}

export function withRemote(command: Command): Command {
  return withConfig(command)
    .option('--url <url>', 'the gateway (else SALLYPORT_URL, else as configured)')
    .option('--token <jwt>', 'who asks (better: SALLYPORT_TOKEN or --token-file)')
    .option('--token-file <file>', 'file that holds the token')
    .option('--ca <file>', 'authority of its certificate, PEM (else SALLYPORT_CA)');
}

export function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** An option that may be given several times. */
export function more(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export function kind(text: string): 'agent' | 'human' {
  if (text === 'agent' || text === 'human') return text;
  throw new InvalidArgumentError('It is agent or human.');
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `1h`, `7d` → milliseconds. */
export function duration(text: string): number {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(amount) * (unitMs[unit] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('It is a number and s, m, h or d: 15m.');
}

/** 0: at once. */
export function speed(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It is a number: 1 as it happened, 2 twice as fast, 0 at once.');
}

export function count(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 1.');
}

/** Processes: each takes a core, and memory of its own. */
export function processes(text: string): number {
  if (/^[1-9]\d?$/.test(text) && Number(text) <= processesMax) return Number(text);
  throw new InvalidArgumentError(`It is a number from 1 to ${processesMax}.`);
}

const processesMax = 64;

/** The `seq` of an event. */
export function eventNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is the seq of an event.');
}

export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, as for any other JSON that is no object.
  }
  throw new InvalidArgumentError('It is a JSON object: \'{"owner":"anna"}\'.');
}
