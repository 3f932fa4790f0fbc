import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { withRemote } from '../options.ts';
import type { Remote } from '../options.ts';

export interface ShutOutOptions extends Remote {
  readonly issuer?: string;
  readonly because?: string;
}

export function revoke(program: Command, io: Io): void {
  const command = program
    .command('revoke <subject>')
    .description('shut an identity out and end its sessions')
    .option('--issuer <url>', 'only where this one vouches for it')
    .option('--because <reason>', 'for the record');
  withRemote(command).action((subject: string, options: ShutOutOptions) => shutOut(io, subject, options));
}

export function restore(program: Command, io: Io): void {
  const command = program
    .command('restore <subject>')
    .description('let a revoked identity in again')
    .option('--issuer <url>', 'as it was given to revoke');
  withRemote(command).action((subject: string, options: ShutOutOptions) => letIn(io, subject, options));
}

/** @throws ApiError */
export async function shutOut(io: Io, subject: string, options: ShutOutOptions): Promise<void> {
  const { issuer, because } = options;
  const client = await connect(io, options);
  const { ended } = await client.call(routes.revoke, {
    body: {
      subject,
      ...(issuer === undefined ? {} : { issuer }),
      ...(because === undefined ? {} : { because }),
    },
  });
  const people = [`${visible(subject)} is shut out; live sessions ended: ${ended}`];
  say(io, options, { people, machine: { subject, issuer, ended } });
}

/** @throws ApiError */
export async function letIn(io: Io, subject: string, options: ShutOutOptions): Promise<void> {
  const { issuer } = options;
  const client = await connect(io, options);
  const query = issuer === undefined ? {} : { issuer };
  await client.call(routes.restore, { params: { subject }, query });
  say(io, options, {
    people: [`${visible(subject)} is let in again`],
    machine: { subject, issuer, restored: true },
  });
}
