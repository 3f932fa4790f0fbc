import type { Command } from 'commander';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { configDefault, duration, jsonObject, kind, list, withConfig } from '../options.ts';
import type { Configured } from '../options.ts';

interface Options extends Configured {
  readonly subject: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  readonly ttl: number;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const ttlMsDefault = 3_600_000;

export function token(program: Command, io: Io): void {
  const command = program
    .command('token')
    .description("tokens of the gateway's own issuer")
    .helpCommand(false)
    .command('issue')
    .description('print a token, alone, on stdout')
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
