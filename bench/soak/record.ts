import { readEvents } from '../../src/journal/read.ts';
import { idPattern } from './ledger.ts';

/** A command that is on record. */
export interface Recorded {
  readonly verdict: 'allow' | 'hold';
  readonly approval: string | undefined;
  /** It has a result, and that is no error. */
  readonly succeeded: boolean;
  /** Of its answer. */
  readonly tag: string | undefined;
}

/** What a journal says, as far as the checks ask for it. */
export interface Record {
  /** By the id that stands in the command's text or parameters; several where it came several times. */
  readonly commands: ReadonlyMap<string, readonly Recorded[]>;
  /** How often each approval was used. */
  readonly uses: ReadonlyMap<string, number>;
  /** Approvals that people have agreed to. */
  readonly approved: ReadonlySet<string>;
  readonly events: number;
  readonly sessions: number;
}

interface Open {
  readonly ids: readonly string[];
  recorded: Recorded;
}

/** @param dir the journal's folder */
export async function readRecord(dir: string): Promise<Record> {
  const open = new Map<string, Open>();
  const all: Open[] = [];
  const uses = new Map<string, number>();
  const approved = new Set<string>();
  let [events, sessions] = [0, 0];
  for await (const event of readEvents(dir)) {
    events += 1;
    if (event.type === 'session.opened') sessions += 1;
    if (event.type === 'hold.decided' && event.decision === 'approve') approved.add(event.approval);
    if (event.type === 'command') {
      const { verdict, approval } = event;
      const found = `${event.text} ${JSON.stringify(event.parameters ?? [])}`.match(idPattern) ?? [];
      const command = {
        ids: [...new Set(found)],
        recorded: { verdict, approval, succeeded: false, tag: undefined },
      };
      if (approval !== undefined) uses.set(approval, (uses.get(approval) ?? 0) + 1);
      open.set(`${event.session} ${event.command}`, command);
      all.push(command);
    }
    if (event.type === 'result') {
      const command = open.get(`${event.session} ${event.command}`);
      if (command === undefined) continue;
      const succeeded = event.error === undefined && event.tag !== undefined;
      command.recorded = { ...command.recorded, succeeded, tag: event.tag };
    }
  }
  return { commands: byId(all), uses, approved, events, sessions };
}

function byId(all: readonly Open[]): Map<string, Recorded[]> {
  const commands = new Map<string, Recorded[]>();
  for (const { ids, recorded } of all) {
    for (const id of ids) {
      const others = commands.get(id);
      if (others === undefined) commands.set(id, [recorded]);
      else others.push(recorded);
    }
  }
  return commands;
}
