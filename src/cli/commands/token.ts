import type { Command } from 'commander';
import { connect, readToken } from '../connect.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { configDefault, duration, jsonObject, kind, list, more, withConfig, withRemote } from '../options.ts';
import type { Configured, Remote } from '../options.ts';
import { endTicket, listTickets } from './tickets.ts';

interface Options extends Configured {
  readonly subject: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  readonly ttl: number;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const ttlMsDefault = 3_600_000;

interface ExchangeOptions extends Remote {
  readonly target?: readonly string[];
  readonly rule?: readonly string[];
  readonly for?: number;
  readonly purpose?: string;
  readonly task?: string;
  readonly actorTokenFile?: string;
}

export function token(program: Command, io: Io): void {
  const command = program
    .command('token')
    .description("tokens and tickets of the gateway's own")
    .helpCommand(false);
  issue(command, io);
  exchange(command, io);
  listTickets(command, io);
  endTicket(command, io);
}

function issue(program: Command, io: Io): void {
  const command = program
    .command('issue')
    .description("print a token of the gateway's own issuer, alone, on stdout")
    .requiredOption('--subject <name>', 'whom it names')
    .requiredOption('--kind <kind>', 'agent or human', kind)
    .option('--groups <a,b>', 'their groups', list, [])
    .option('--claims <json>', 'further claims, such as {"owner":"anna"}', jsonObject);
  command.option('--ttl <time>', 'how long it holds: 15m, 1h, 7d (default: 1h)', duration, ttlMsDefault);
  withConfig(command).action(async (options: Options) => {
    const { subject, kind: sort, groups, ttl, claims } = options;
    const jwt = await (
      await io.local()
    ).issueToken(options.config ?? configDefault, {
      subject,
      kind: sort,
      groups,
      ttlMs: ttl,
      ...(claims === undefined ? {} : { claims }),
    });
    say(io, options, { people: [jwt], machine: { token: jwt } });
  });
}

function exchange(program: Command, io: Io): void {
  const command = program
    .command('exchange')
    .description('print a ticket made of your token, alone, on stdout')
    .option('--target <name>', 'only for this target; as often as needed', more)
    .option('--rule <name>', 'only by this rule; as often as needed', more)
    .option('--for <time>', 'how long it holds: 15m (default: 1h)', duration)
    .option('--purpose <text>', 'what it is for')
    .option('--task <text>', 'which piece of work it is for')
    .option('--actor-token-file <file>', 'token of who acts for you with it');
  withRemote(command).action(async (options: ExchangeOptions) => {
    const { target, rule, for: lifetimeMs, purpose, task, actorTokenFile } = options;
    const actorToken = actorTokenFile === undefined ? undefined : readToken(actorTokenFile);
    const client = await connect(io, options);
    const { ticket, expiresInS } = await client.exchange({
      ...(target === undefined ? {} : { targets: target }),
      ...(rule === undefined ? {} : { rules: rule }),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(task === undefined ? {} : { task }),
      ...(actorToken === undefined ? {} : { actorToken }),
    });
    say(io, options, { people: [ticket], machine: { ticket, expiresIn: expiresInS } });
  });
}
