import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../../api/client.ts';
import { toSignIn } from './sign-in.ts';

const triesMax = 2;

/** What changes by itself is asked for again so often, while the page is looked at. */
export const live = { refetchInterval: 2_000 } as const;

/** What the page knows of the gateway; a login that is over leads to signing in, whoever notices it. */
export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: signInWhereAsked }),
  mutationCache: new MutationCache({ onError: signInWhereAsked }),
  defaultOptions: {
    queries: { retry: isWorthAnother, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});

function signInWhereAsked(error: Error): void {
  if (error instanceof ApiError && error.status === 401) toSignIn();
}

/** What the gateway refused it will refuse again; what did not reach it may. */
function isWorthAnother(failures: number, error: Error): boolean {
  const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return !isRefusal && failures < triesMax;
}
