import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import type { Simulated, SimulationBody } from '../../api/contract/schemas/policy.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { AnsweredNo, placed, UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { moment } from '../moment.ts';
import { configDefault, count, withRemote } from '../options.ts';
import type { Remote } from '../options.ts';
import { shortWhoOf } from '../who.ts';

interface Options extends Remote {
  readonly data?: string;
  readonly since?: string;
  readonly until?: string;
  readonly identity?: string;
  readonly target?: string;
  readonly limit: number;
}

export function simulate(program: Command, io: Io): void {
  const command = program
    .command('simulate')
    .description('what a configuration would have made of the recorded commands')
    .option('--since <time>', '7d, or 2026-11-23T08:00Z')
    .option('--until <time>', 'the same')
    .option('--identity <subject>', 'commands of this subject alone')
    .option('--target <name>', 'on this target alone')
    .option('--data <folder>', 'of the gateway (else as configured)')
    .option('--limit <n>', 'how many changes are told', count, 50);
  withRemote(command).action(async (options: Options) => {
    const simulated = await (options.url === undefined ? here(io, options) : there(io, options));
    say(io, options, { people: linesOf(simulated), machine: simulated });
    if (simulated.simulation === undefined || changesIn(simulated.simulation)) throw new AnsweredNo();
  });
}

async function here(io: Io, options: Options): Promise<Simulated> {
  const { config = configDefault, data } = options;
  const local = await io.local();
  return local.simulate(config, { ...scopeOf(options, io.now()), ...(data === undefined ? {} : { data }) });
}

/** Whatever configuration is asked about, it does not say how the gateway is reached. */
async function there(io: Io, { config = configDefault, data, ...options }: Options): Promise<Simulated> {
  if (data !== undefined) throw new UsageError('--data is for a folder on this machine', 'Leave --url out.');
  const client = await connect(io, options);
  const body = { config: readText(config), ...scopeOf(options, io.now()) };
  const { problems, warnings, ...same } = await client.call(routes.simulate, { body });
  const named = (all: Simulated['problems']) => all.map((problem) => ({ ...problem, file: config }));
  return { ...same, problems: named(problems), warnings: named(warnings) };
}

function scopeOf({ since, until, identity, target, limit }: Options, nowMs: number) {
  return {
    limit,
    ...(since === undefined ? {} : { since: moment(since, nowMs) }),
    ...(until === undefined ? {} : { until: moment(until, nowMs) }),
    ...(identity === undefined ? {} : { identity }),
    ...(target === undefined ? {} : { target }),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${cause instanceof Error ? cause.message : ''}`);
  }
}

function changesIn({ changes, masks }: SimulationBody): boolean {
  return changes.length + masks.length > 0;
}

function linesOf({ problems, warnings, simulation }: Simulated): string[] {
  const found = [...problems.map(placed), ...warnings.map((warning) => `warning: ${placed(warning)}`)];
  if (simulation === undefined) return [...found, `${problems.length} to mend: this file would be refused.`];
  const { masksUnknown, unlisted } = simulation;
  return [
    ...found,
    ...summaryOf(simulation),
    ...simulation.groups.flatMap(groupLines),
    ...simulation.masks.flatMap(maskLines),
    ...(masksUnknown === 0 ? [] : ['', `cannot tell what was masked of ${commandsOf(masksUnknown)}`]),
    ...(unlisted === 0 ? [] : ['', `${unlisted} more changes are not listed: --limit, --identity, --target`]),
  ];
}

function summaryOf({ from, to, commands, unchanged, leftOut, changes }: SimulationBody): string[] {
  if (from === null || to === null) return ['no commands are on record there', ...leftOutLine(leftOut)];
  return [
    `${commandsOf(commands)} from ${from} to ${to}: ${unchanged} as they were`,
    ...leftOutLine(leftOut),
    ...changes.map((change) => `  ${turn(change)}: ${commandsOf(change.commands)}`),
  ];
}

function leftOutLine(leftOut: SimulationBody['leftOut']): string[] {
  const parts = Object.entries(leftOut).map(([code, commands]) => `${commands} ${visible(code)}`);
  return parts.length === 0 ? [] : [`left out: ${parts.join(', ')}`];
}

function groupLines(group: SimulationBody['groups'][number]): string[] {
  const { identity, target, text, commands, rulesBefore, rulesNow, because, examples } = group;
  return [
    '',
    `${turn(group)}  ${commandsOf(commands)}  ${visible(shortWhoOf(identity))} on ${visible(target)}`,
    `  ${visible(text)}`,
    `  rules: ${quoted(rulesBefore)}; now ${quoted(rulesNow)}`,
    ...(because === undefined ? [] : [`  ${visible(because)}`]),
    ...examples.map(exampleLine),
  ];
}

function maskLines(mask: SimulationBody['masks'][number]): string[] {
  const { target, resource, was, now, identity, commands, examples } = mask;
  const what = was === null ? 'newly masked' : now === null ? 'no longer masked' : 'masked otherwise';
  const how = `${was ?? 'in clear'}, now ${now ?? 'in clear'}`;
  return [
    '',
    `${what}  ${visible(resource)} on ${visible(target)} (${how})  ${commandsOf(commands)}  ${visible(shortWhoOf(identity))}`,
    ...examples.map(exampleLine),
  ];
}

function exampleLine({ session, time, text }: SimulationBody['groups'][number]['examples'][number]): string {
  const short = text.replaceAll(/\s+/g, ' ').slice(0, 100);
  return `  ${time}  sallyport replay ${visible(session)}  ${visible(short)}`;
}

function turn({ was, now }: { readonly was: string; readonly now: string }): string {
  return `${was} -> ${turns[now] ?? now}`;
}

const turns: Readonly<Record<string, string>> = { unknown: 'cannot tell', cut: 'cut off' };

function quoted(rules: readonly string[]): string {
  return rules.length === 0 ? 'none' : rules.map((rule) => `"${visible(rule)}"`).join(', ');
}

function commandsOf(commands: number): string {
  return commands === 1 ? '1 command' : `${commands} commands`;
}
