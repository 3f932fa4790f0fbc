import { queryOptions, useQuery } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import type { Me } from '../../api/contract/schemas.ts';
import { api, knowCsrf } from './client.ts';

const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me> => {
    const me = await api.call(routes.me, {});
    knowCsrf(me.csrf);
    return me;
  },
  // Rights change with the policy; the server decides anyway.
  refetchInterval: 30_000,
});

export function useMe() {
  return useQuery(meQuery);
}

/** Whether rules on the target `sallyport` let me do that: `write.kill`. Unknown counts as no. */
export function useMay(right: string): boolean {
  return useQuery(meQuery).data?.rights.includes(right) ?? false;
}
