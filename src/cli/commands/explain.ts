import type { Command } from 'commander';
import type { Explained } from '../../api/contract/schemas.ts';
import { visible } from '../../api/contract/visible.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { configDefault, jsonObject, kind, list, withConfig } from '../options.ts';
import type { Configured } from '../options.ts';

interface Options extends Configured {
  readonly as: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  readonly issuer?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly target: string;
}

export function explain(program: Command, io: Io): void {
  const command = program
    .command('explain <text>')
    .description('say what the rules make of a command')
    .requiredOption('--target <name>', 'where it would run')
    .requiredOption('--as <subject>', 'who would send it')
    .option('--kind <kind>', 'agent or human', kind, 'agent')
    .option('--groups <a,b>', 'their groups', list, [])
    .option('--issuer <url>', 'who vouches for them')
    .option('--claims <json>', 'what else their token says', jsonObject);
  withConfig(command).action(async (text: string, options: Options) => {
    const { target, as: subject, kind: sort, groups, issuer, claims } = options;
    const explained = await (
      await io.local()
    ).explain(options.config ?? configDefault, {
      target,
      text,
      as: {
        subject,
        kind: sort,
        groups,
        ...(issuer === undefined ? {} : { issuer }),
        ...(claims === undefined ? {} : { claims }),
      },
    });
    say(io, options, { people: linesOf(explained), machine: explained });
  });
}

function linesOf(it: Explained): string[] {
  const hidden = it.masks.hidden.map(({ resource, mask }) => `${resource} (${mask})`);
  return [
    `verdict:     ${it.verdict}${it.because === undefined ? '' : `: ${visible(it.because)}`}`,
    ...row('effects', it.effects),
    ...row('not covered', it.uncovered),
    ...row('allowed', it.allowed),
    ...row('approvers', it.approvers.map(approver)),
    ...row('masked', hidden),
    ...row('in clear', it.masks.revealed),
    ...row(
      'failed',
      it.failures.map(({ rule, error }) => `"${rule}": ${error}`),
    ),
    ...row('budgets', it.budgets.map(budget)),
    'rules:',
    ...it.rules.map(({ name, does, because }) => {
      return `  ${does.length === 0 ? '-' : '*'} "${visible(name)}": ${[...does, visible(because)].join(', ')}`;
    }),
  ];
}

function row(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`${title}:`.padEnd(13).concat(parts.map(visible).join('; '))];
}

function budget({ name, per, unit, limit, left, renews }: Explained['budgets'][number]): string {
  const rest = left === null ? '' : `, ${left} left`;
  return `"${name}": ${limit} ${unit} a ${per}${rest}${renews === null ? '' : `, until ${renews}`}`;
}

function approver({ groups = [], subjects = [], count }: Explained['approvers'][number]): string {
  return `${count} of ${[...groups.map((group) => `group ${group}`), ...subjects].join(', ')}`;
}
