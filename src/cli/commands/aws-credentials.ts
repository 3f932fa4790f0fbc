import type { Command } from 'commander';
import { connect } from '../connect.ts';
import type { Io } from '../io.ts';
import { duration, more, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';

interface Options extends Remote {
  readonly target: string;
  readonly rule?: readonly string[];
  readonly for?: number;
  readonly purpose?: string;
  readonly task?: string;
}

/** `spt_`, and the two halves of a ticket. */
const ticketForm = /^spt_(.{22})(.{43})$/;

export function awsCredentials(program: Command, io: Io): void {
  const command = program
    .command('aws-credentials')
    .description('print a ticket for a target of AWS, as credential_process wants it')
    .requiredOption('--target <name>', 'the target of AWS')
    .option('--rule <name>', 'only by this rule; as often as needed', more)
    .option('--for <time>', 'how long it holds: 15m (default: 1h)', duration)
    .option('--purpose <text>', 'what it is for')
    .option('--task <text>', 'which piece of work it is for');
  withRemote(command).action(async (options: Options) => {
    const { target, rule, for: lifetimeMs, purpose, task } = options;
    const client = await connect(io, options);
    const { ticket, expiresInS } = await client.exchange({
      targets: [target],
      ...(rule === undefined ? {} : { rules: rule }),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(task === undefined ? {} : { task }),
    });
    const [, id = '', secret = ''] = ticketForm.exec(ticket) ?? [];
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    const said = {
      Version: 1,
      AccessKeyId: id,
      SecretAccessKey: secret,
      Expiration: new Date(io.now() + expiresInS * 1000).toISOString(),
    };
    io.stdout.write(`${JSON.stringify(said)}\n`);
  });
}
