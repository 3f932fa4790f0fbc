import type { Command } from 'commander';
import { visible } from '../../api/contract/visible.ts';
import { AnsweredNo, placed } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import type { Checked } from '../local.ts';
import { configDefault, withConfig } from '../options.ts';
import type { Configured } from '../options.ts';

export function check(program: Command, io: Io): void {
  withConfig(program.command('check').description('say whether a configuration is good')).action(
    async (options: Configured) => {
      const checked = await (await io.local()).check(options.config ?? configDefault);
      say(io, options, {
        people: linesOf(checked),
        machine: { ok: checked.problems.length === 0, ...checked },
      });
      if (checked.problems.length > 0) throw new AnsweredNo();
    },
  );
}

function linesOf({ problems, warnings, summary }: Checked): string[] {
  const found = [
    ...problems.map((problem) => placed(problem)),
    ...warnings.map((warning) => `warning: ${placed(warning)}`),
  ];
  if (problems.length > 0) return [...found, `${problems.length} to mend: this file would be refused.`];
  if (summary === undefined) return [...found, 'good'];
  const { targets, rules, issuers } = summary;
  return [
    ...found,
    `good: targets ${targets.map(visible).join(', ') || 'none'}; ${rules} rules; ${issuers} issuers`,
  ];
}
