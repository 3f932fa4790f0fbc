import type { TargetName } from './memory-stage.ts';
import type { Row } from './rows.ts';

/** An answer that is far larger than what the gateway may take of memory. */
export interface Stream {
  readonly what: string;
  readonly target: TargetName;
  readonly text: string;
  readonly bytesMin: number;
}

const peakMax = 200e6;
const idleMax = 40e3;
const rowBytes = 1000;

export function streams(of: { readonly rowBytes: number; readonly answerBytes: number }): Stream[] {
  const size = `${of.rowBytes / 1e6} MB`;
  const body = `repeat('x', ${of.rowBytes})`;
  const words = `repeat('x 12345 ', ${of.rowBytes / 8})`;
  const many = of.answerBytes / rowBytes;
  const row = (what: string, target: TargetName, text: string): Stream => ({
    what: `a row of ${size}: ${what}`,
    target,
    text,
    bytesMin: of.rowBytes,
  });
  return [
    row('all clear', 'masked', `SELECT ${body} AS body`),
    row('masked column, then the large one', 'masked', `SELECT email, ${body} AS body FROM person`),
    row('the large one, then a masked column', 'masked', `SELECT ${body} AS body, email FROM person`),
    row('detectors look into it', 'looked', `SELECT ${words} AS body, email FROM person`),
    row('by COPY', 'masked', `COPY (SELECT ${body} AS body, email FROM person) TO STDOUT`),
    {
      what: `an answer of ${of.answerBytes / 1e9} GB in rows of 1 kB, one column masked`,
      target: 'masked',
      text: `SELECT email, repeat('x', ${rowBytes}) AS body FROM person, generate_series(1, ${many})`,
      bytesMin: of.answerBytes,
    },
  ];
}

export interface Streamed {
  /** Resident sets, in bytes. */
  readonly before: number;
  readonly peak: number;
  readonly bytes: number;
  readonly seconds: number;
}

export function streamRow({ what }: Stream, { before, peak, bytes, seconds }: Streamed): Row {
  return {
    what: `${what}: most memory meanwhile`,
    goal: `< ${mb(peakMax)}`,
    reached: mb(peak),
    met: peak < peakMax,
    figures: `${mb(before)} before, so ${mb(peak - before)} for it; ${mb(bytes)} in ${seconds.toFixed(0)} s`,
  };
}

export function idleMemoryRow(
  target: TargetName,
  count: number,
  { before, after }: { readonly before: number; readonly after: number },
): Row {
  const bytes = (after - before) / count;
  const who =
    target === 'crowd' ? 'that has logged in, on a server that is none' : 'that has run a statement';
  return {
    what: `memory of an idle session ${who}, at ${count} of them`,
    goal: `≤ ${idleMax / 1000} KB`,
    reached: `${(bytes / 1000).toFixed(0)} KB`,
    met: bytes <= idleMax,
    figures: `${mb(before)} before, ${mb(after)} with all of them`,
  };
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
