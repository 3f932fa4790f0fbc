import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Both halves together, as V8 reports them: 4 MiB each, and somewhat less right after they have grown. */
const youngBytes = 7 * 1024 * 1024;
/** The program has been loaded by then. */
const loadedMs = 2_000;
/** Far more than it takes, should V8 come to count otherwise. */
const heldMax = 1_000;

/**
 * Gives back what loading the program took, which holds up everything for a tenth of a second, and sets the size of the
 * part of the heap where V8 puts new objects. Left to itself that part grows to 32 MiB and more while the program loads.
 * After a collection that gives everything back it has half a megabyte, and grows by what survives in it, which for
 * a gateway is next to nothing: collected as often as that, new objects cost several times the CPU time (bench:postgres,
 * 16 clients). V8 has flags for both bounds, but reads them before any program runs; the factor that the part grows by is
 * read each time.
 */
export function settleHeap(afterMs = loadedMs): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    growYoungGeneration();
    setFlagsFromString('--semi-space-growth-factor=1');
  }, afterMs).unref();
}

/** By objects that survive its collections, as nothing else makes it grow. */
function growYoungGeneration(): void {
  const held: object[][] = [];
  while (held.length < heldMax && youngSize() < youngBytes)
    held.push(Array.from({ length: 1_000 }, () => ({})));
}

function youngSize(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
