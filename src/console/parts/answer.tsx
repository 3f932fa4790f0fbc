import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failed } from './failed.tsx';
import { Loading } from './loading.tsx';

/** Of one query: its skeleton, its error, or what it brought; an error later leaves what one has on the page. */
export function Answer<T>(it: {
  readonly of: UseQueryResult<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}) {
  const { data, error, refetch } = it.of;
  const failed = error === null ? undefined : <Failed error={error} again={() => void refetch()} />;
  if (data === undefined) return failed ?? <Loading lines={it.lines ?? 4} />;
  return (
    <>
      {failed}
      {it.children(data)}
    </>
  );
}
