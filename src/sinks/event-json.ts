import type { StampedEvent } from '../core/event.ts';

/** Everything but what any terminal, page or log shows as it is. */
const notPlain = /[^\x20-\x7e]/g;

/**
 * An event as one line of JSON in printable ASCII: what could move a cursor, turn a direction or look like another letter
 * is escaped as JSON escapes it, so the value stays what it was.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    notPlain,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same in no more than so many bytes: long members are cut or left out, and `cut` says so. */
export function boundedJson(event: StampedEvent, bytesMax: number): string {
  const whole = asciiJson(event);
  if (whole.length <= bytesMax) return whole;
  for (let charsMax = Math.floor(bytesMax / 4); ; charsMax = Math.floor(charsMax / 2)) {
    const json = asciiJson({ ...essentials(event, charsMax), cut: true });
    if (json.length <= bytesMax || charsMax === 0) return json;
  }
}

function essentials(event: StampedEvent, charsMax: number): Readonly<Record<string, unknown>> {
  const kept = Object.entries(event).flatMap(([name, value]): [string, unknown][] => {
    if (typeof value === 'string') {
      return [[name, value.length > charsMax ? `${value.slice(0, charsMax)}…` : value]];
    }
    return asciiJson(value).length > charsMax ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), seq: event.seq, time: event.time, type: event.type };
}
