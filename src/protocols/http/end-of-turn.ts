let waiting: (() => void)[] = [];

/**
 * Runs `write` when this turn of the event loop has read what there was: what is written for many in a row wakes those who
 * read it once, and not once for each.
 */
export function atEndOfTurn(write: () => void): void {
  if (waiting.length === 0) setImmediate(run);
  waiting.push(write);
}

function run(): void {
  const writes = waiting;
  waiting = [];
  for (const write of writes) write();
}
