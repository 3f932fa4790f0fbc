import type { Metrics } from '../api/metrics.ts';
import type { ApiParts } from '../api/parts.ts';
import type { Config } from '../config/config.ts';
import type { RecordedMasks } from '../core/event.ts';
import type { Journal } from '../core/ports.ts';
import type { FileJournal } from '../journal/append.ts';
import { readHead } from '../journal/head.ts';

/** A file is dropped as a whole, so one must not hold much more time than is kept. */
export function fileMsMax(keepMs: number | undefined): number | undefined {
  return keepMs === undefined ? undefined : Math.min(24 * 3_600_000, Math.ceil(keepMs / 4));
}

/** Every event is counted on its way to the record. */
export function counted(journal: FileJournal, counters: readonly Pick<Metrics, 'observe'>[]): Journal {
  return {
    get losses() {
      return journal.losses;
    },
    append(event) {
      for (const counter of counters) counter.observe(event);
      journal.append(event);
    },
    note(event) {
      for (const counter of counters) counter.observe(event);
      journal.note(event);
    },
    commit: () => journal.commit(),
  };
}

export async function checkpointIn(dir: string): ReturnType<ApiParts['checkpoint']> {
  const head = await readHead(dir);
  if (head === undefined || head === 'damaged') return undefined;
  return head;
}

/** What must not leave in clear, for the record: who reads it later knows by what was masked then. */
export function sensitiveOf({ targets }: Config): RecordedMasks {
  return Object.fromEntries(
    [...targets.values()].map(({ name, sensitive }) => [name, Object.fromEntries(sensitive)]),
  );
}
