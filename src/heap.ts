import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Both halves together, as V8 reports them: 8 MiB each, and somewhat less right after they have grown. */
const youngBytesMax = 15 * 1024 * 1024;
/** The program has been loaded by then. */
const loadedMs = 2_000;
const lookMs = 20;

/**
 * Gives back what loading the program took, which holds up everything for a tenth of a second, and bounds the part of the
 * heap where V8 puts new objects: traffic lets it grow to three times 16 MiB. V8 has a flag for the bound, but reads it
 * before any program runs; the factor that the part grows by is read each time. A burst may double it once more before
 * that is seen. With less than half of this, the collections cost a tenth of all CPU time (bench:postgres, 16 clients).
 */
export function boundYoungGeneration(afterMs = loadedMs): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    growWhileSmall();
  }, afterMs).unref();
}

function growWhileSmall(): void {
  if (youngBytes() < youngBytesMax) setTimeout(growWhileSmall, lookMs).unref();
  else setFlagsFromString('--semi-space-growth-factor=1');
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
