import { Command } from 'commander';
import { agents } from './commands/agents.ts';
import { approvals, approve, deny } from './commands/approvals.ts';
import { audit } from './commands/audit.ts';
import { awsCredentials } from './commands/aws-credentials.ts';
import { ca } from './commands/ca.ts';
import { check } from './commands/check.ts';
import { explain } from './commands/explain.ts';
import { exportEvents } from './commands/export.ts';
import { mcp } from './commands/mcp.ts';
import { login, logout } from './commands/login.ts';
import { replay } from './commands/replay.ts';
import { request, requests } from './commands/requests.ts';
import { restore, revoke } from './commands/revocations.ts';
import { search } from './commands/search.ts';
import { kill, sessions } from './commands/sessions.ts';
import { simulate } from './commands/simulate.ts';
import { serve } from './commands/serve.ts';
import { token } from './commands/token.ts';
import { whoami } from './commands/whoami.ts';
import { exitCodes, fail } from './failure.ts';
import type { ExitCode } from './failure.ts';
import type { Io } from './io.ts';

const commands = [
  serve,
  check,
  ca,
  explain,
  simulate,
  login,
  logout,
  whoami,
  token,
  awsCredentials,
  approvals,
  approve,
  deny,
  request,
  requests,
  sessions,
  replay,
  kill,
  agents,
  revoke,
  restore,
  mcp,
  search,
  exportEvents,
  audit,
];

const helpColumns = 80;

/** Runs one command. `args` are those behind the program's name. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await programOf(io).parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return fail(io, error, { json: args.includes('--json'), debug: args.includes('--debug') });
  }
}

export function programOf(io: Io): Command {
  const program = new Command('sallyport')
    .description('Stands between agents and production: verifies, decides, masks, holds, records.')
    .version(io.version)
    .helpCommand(false);
  // Before the commands, which inherit both.
  program.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    getOutHelpWidth: () => helpColumns,
    getErrHelpWidth: () => helpColumns,
  });
  for (const add of commands) add(program, io);
  return program;
}
