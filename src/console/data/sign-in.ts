import { ApiError } from '../../api/client.ts';
import { knownCsrf } from './client.ts';

const triedAt = 'sallyport-signing-in';
/** Whoever comes back from signing in within that time and still is nobody must not be sent again and again. */
const againMs = 15_000;

/** To the provider and back to this very page. False: that was just tried, and did not help. */
export function toSignIn(): boolean {
  const before = Number(sessionStorage.getItem(triedAt) ?? 0);
  if (Date.now() - before < againMs) return false;
  sessionStorage.setItem(triedAt, String(Date.now()));
  location.assign(signInAddress());
  return true;
}

export function signInAddress(): string {
  const { pathname, search, hash } = location;
  return `/login?return_to=${encodeURIComponent(`${pathname}${search}${hash}`)}`;
}

/** Ends the login of this browser, then leads on: to the provider, whose own session may end as well. @throws ApiError */
export async function signOut(): Promise<void> {
  const answer = await fetch('/logout', {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ csrf: knownCsrf() ?? '' }),
  });
  const told: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok || typeof told !== 'object' || told === null || !('location' in told)) {
    throw new ApiError({ code: 'denied', status: answer.status, message: 'signing out did not work' });
  }
  location.assign(String(told.location));
}
