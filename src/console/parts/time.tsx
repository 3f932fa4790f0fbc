import { useNow } from './clock.ts';
import { exactly, span } from './span.ts';

/** A moment, as how long ago it was or how soon it is; the exact time when one points at it. */
export function Time({ at }: { readonly at: string }) {
  const distanceMs = Date.parse(at) - useNow();
  const told =
    Math.abs(distanceMs) < 1_000
      ? 'now'
      : distanceMs < 0
        ? `${span(-distanceMs)} ago`
        : `in ${span(distanceMs)}`;
  return (
    <time dateTime={at} title={exactly(at)}>
      {told}
    </time>
  );
}

/** What is left until then, counting down: `1 min 12 s`. */
export function Left({ until }: { readonly until: string }) {
  const leftMs = Math.max(0, Date.parse(until) - useNow());
  return (
    <time dateTime={until} title={exactly(until)}>
      {span(leftMs)}
    </time>
  );
}
