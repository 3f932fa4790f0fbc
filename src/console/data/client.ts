import { createClient } from '../../api/client.ts';

let csrf: string | undefined;

/** What `/me` tells, to be sent along with whatever changes something. */
export function knowCsrf(told: string | undefined): void {
  csrf = told;
}

export function knownCsrf(): string | undefined {
  return csrf;
}

/** The gateway that this page came from, asked with the cookie of the login. */
export const api = createClient({
  url: '',
  csrf: knownCsrf,
  fetch: (input, init) => globalThis.fetch(input, init),
});
