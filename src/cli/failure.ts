import { CommanderError } from 'commander';
import { z } from 'zod';
import { visible, visibleLines } from '../api/contract/visible.ts';
import type { Io } from './io.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command that did what it should, and whose answer is no: already said, nothing to add. */
export class AnsweredNo extends Error {
  override readonly name = 'AnsweredNo';
}

/** Something is wrong with how the command was called. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Errors of the API and of this machine's own commands both have these, or none of them. */
const shape = z.object({
  message: z.string(),
  code: z.string().optional().catch(undefined),
  hint: z.string().optional().catch(undefined),
  errors: z
    .array(
      z.object({
        file: z.string(),
        line: z.number(),
        column: z.number(),
        message: z.string(),
        hint: z.string().optional(),
      }),
    )
    .optional()
    .catch(undefined),
});

/** What to do where the operating system alone has said no. */
const systemHints: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Something listens there already: stop it, or choose another port under listen.',
  EADDRNOTAVAIL: 'listen.host must be an address of this machine.',
};

/** Says on stderr what went wrong and what to do, and with `--json` the same on stdout. */
export function fail(io: Io, error: unknown, flags: { json: boolean; debug: boolean }): ExitCode {
  if (error instanceof AnsweredNo) return exitCodes.failed;
  // Commander has said it already; `--help` and `--version` end as an error of code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const told = shape.catch({ message: String(error) }).parse(error);
  const { message, code = 'failed', hint = systemHints[code], errors } = told;
  const places = errors?.map(placed) ?? [];
  const lines = places.length > 0 ? places : visibleLines(message);
  io.stderr.write(`error: ${lines.join('\n')}\n`);
  if (hint !== undefined) io.stderr.write(`hint: ${visible(hint)}\n`);
  if (flags.debug && error instanceof Error) io.stderr.write(`${traceOf(error)}\n`);
  if (flags.json) io.stdout.write(`${JSON.stringify({ error: { code, message, hint, errors } })}\n`);
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}

/** `sallyport.yaml:12:5: unknown key "recources" (did you mean "resources"?)`, as editors and CI read it. */
export function placed(it: {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  const hint = it.hint === undefined ? '' : ` (${it.hint})`;
  return visible(`${it.file}:${it.line}:${it.column}: ${it.message}${hint}`);
}

function traceOf(error: Error): string {
  const own = visibleLines(error.stack ?? error.message).join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by: ${traceOf(error.cause)}` : own;
}
