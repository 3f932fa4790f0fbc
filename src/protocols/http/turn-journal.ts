import type { Journal } from '../../core/ports.ts';

/**
 * A journal whose commits of one turn of the event loop are one: requests that came together are on record together,
 * in one write, before any of them goes on.
 */
export function turnJournal(journal: Journal): Journal {
  let waiting: Promise<void> | undefined;
  const turned = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Behind what this turn has still to read.
    setImmediate(() => {
      waiting = undefined;
      resolve();
    });
    return promise.then(() => journal.commit());
  };
  return {
    get losses() {
      return journal.losses;
    },
    append: (event) => journal.append(event),
    note: (event) => journal.note(event),
    commit: () => (waiting ??= turned()),
  };
}
