import { Skeleton, Stack } from '@mantine/core';

/** Where lines will be. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="loading">
      {Array.from({ length: lines }, (_, at) => (
        <Skeleton key={at} height={18} width={`${92 - ((at * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}
