import { useCallback, useEffect, useState } from 'react';
import { recordedEvent } from '../../api/contract/schemas/recorded.ts';
import type { RecordedEvent } from '../../api/contract/schemas/recorded.ts';
import { api } from './client.ts';

export interface Recording {
  readonly events: readonly RecordedEvent[];
  /** `reading` what was recorded, and then what happens; `whole`: the session has ended, and this is all of it. */
  readonly state: 'reading' | 'whole' | 'cut' | 'failed';
  readonly error: Error | undefined;
  readonly again: () => void;
}

/** More than that no page plays; the command line and an export have all of it. */
export const eventsMax = 20_000;
/** What comes within this time is shown at once; the more there is already, the longer. */
const gatherMs = 50;
const eventsPerMs = 40;

/**
 * The recording of a session as it comes over one stream, which goes on while the session lives: asking for the whole
 * again and again, as of what is small, would cost too much.
 */
export function useRecording(id: string): Recording {
  const [attempt, setAttempt] = useState(0);
  const [recording, setRecording] = useState<Omit<Recording, 'again'>>(nothing);
  useEffect(() => {
    const gone = new AbortController();
    setRecording(nothing);
    void read(id, gone.signal, (change) => setRecording(change));
    return () => gone.abort();
  }, [id, attempt]);
  return { ...recording, again: useCallback(() => setAttempt((before) => before + 1), []) };
}

const nothing = { events: [], state: 'reading', error: undefined } as const;

type Change = (before: Omit<Recording, 'again'>) => Omit<Recording, 'again'>;

async function read(id: string, signal: AbortSignal, tell: (change: Change) => void): Promise<void> {
  let gathered: RecordedEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let count = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const more = gathered;
    gathered = [];
    if (!signal.aborted) tell((before) => ({ ...before, events: [...before.events, ...more] }));
  };
  const end = (state: Recording['state'], error?: Error) => {
    flush();
    if (!signal.aborted) tell((before) => ({ ...before, state, error }));
  };
  try {
    for await (const event of api.events(id, { follow: true, signal })) {
      gathered.push(recordedEvent.parse(event));
      timer ??= setTimeout(flush, Math.max(gatherMs, count / eventsPerMs));
      if (++count >= eventsMax) return end('cut');
    }
    end('whole');
  } catch (error) {
    end('failed', error instanceof Error ? error : new Error(String(error)));
  }
}
