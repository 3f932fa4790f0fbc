import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { AnsweredNo } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import type { AuditResult } from '../local.ts';
import { configDefault, withConfig, withRemote } from '../options.ts';
import type { Configured, Remote } from '../options.ts';

export function audit(program: Command, io: Io): void {
  const group = program.command('audit').description('the record: is it intact?').helpCommand(false);
  const reindex = group.command('reindex').description('make the search index anew from the journal');
  withRemote(reindex).action(async (options: Remote) => {
    const client = await connect(io, options);
    await client.call(routes.reindex, {});
    say(io, options, { people: ['The search index is made anew.'], machine: { started: true } });
  });
  const command = group
    .command('verify')
    .description('read the whole journal and say whether it is as it was written');
  withConfig(command).action(async (options: Configured) => {
    const result = await (await io.local()).verifyAudit(options.config ?? configDefault);
    say(io, options, { people: linesOf(result), machine: result });
    if (!result.intact) throw new AnsweredNo();
  });
}

const dayMs = 86_400_000;

function droppedLine({ file, events, until, at, keepMs, config }: NonNullable<Dropped>): string {
  const days = Math.round((keepMs / dayMs) * 10) / 10;
  const why = `journal.keep (${days} days) of configuration ${visible(config.slice(0, 12))}`;
  return `dropped: events 1 to ${events}, until ${visible(until)} (files to ${visible(file)}), on ${visible(at)} by ${why}`;
}

type Dropped = Extract<AuditResult, { intact: true }>['dropped'];

function linesOf(result: AuditResult): string[] {
  if (!result.intact) {
    const { file, block, lines, reason } = result;
    const where = lines[0] === 0 ? '' : `, lines ${lines[0]} to ${lines[1]}`;
    return [`NOT INTACT: ${visible(file)}, block ${block}${where}: ${visible(reason)}`];
  }
  const { events, blocks, files, checkpoints, unsigned, recovered, until, workers = 0, dropped } = result;
  return [
    ...(dropped === undefined ? [] : [droppedLine(dropped)]),
    `intact: ${events} events in ${blocks} blocks and ${files} ${files === 1 ? 'file' : 'files'}, until ${visible(until)}`,
    `signed: ${checkpoints} checkpoints; ${unsigned} blocks behind the newest are chained, and signed soon`,
    ...(workers === 0 ? [] : [`chains of workers, intact: ${workers}`]),
    ...(recovered === 0 ? [] : [`cut off by a crash, and accounted for: ${recovered}`]),
  ];
}
