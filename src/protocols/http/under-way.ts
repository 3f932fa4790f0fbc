import { SallyportError } from '../../core/errors.ts';
import { Members } from '../../core/members.ts';
import type { Session } from '../../core/session.ts';
import type { ProtocolParts } from '../protocol.ts';
import type { HttpSession } from './sessions.ts';

/** A session with a request under way does not rest. */
export async function within(
  parts: ProtocolParts,
  it: { readonly session: Session; active: number },
  run: () => Promise<void>,
): Promise<void> {
  it.active += 1;
  parts.live.busy(it.session, true);
  try {
    await run();
  } finally {
    it.active -= 1;
    it.session.lastActiveAtMs = parts.clock.now();
    if (it.active === 0) parts.live.busy(it.session, false);
  }
}

/** The end of the session ends its requests, and so does their time; what takes that back. */
export function boundBy(
  gone: AbortController,
  { ended }: Pick<HttpSession['session'], 'ended'>,
  statementMs: number | undefined,
): () => void {
  const underWay = underWayUntil(ended);
  const leave = underWay.add(gone);
  if (ended.aborted) gone.abort(ended.reason);
  const late = (): void =>
    gone.abort(
      new SallyportError(
        'limit_statement',
        `Sallyport: a request may take ${(statementMs ?? 0) / 1000} s here`,
        {
          hint: 'Ask for less at a time.',
        },
      ),
    );
  const timer = statementMs === undefined ? undefined : setTimeout(late, statementMs);
  return () => {
    leave();
    clearTimeout(timer);
  };
}

const byEnd = new WeakMap<AbortSignal, Members<AbortController>>();

/** The requests of a session that it ends with; a listener for each of them would cost as much as its verdict. */
function underWayUntil(ended: AbortSignal): Members<AbortController> {
  let underWay = byEnd.get(ended);
  if (underWay === undefined) {
    const all = new Members<AbortController>();
    byEnd.set(ended, (underWay = all));
    ended.addEventListener('abort', () => {
      for (const gone of all.list()) gone.abort(ended.reason);
    });
  }
  return underWay;
}
