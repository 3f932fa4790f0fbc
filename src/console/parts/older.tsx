import { Button } from '@mantine/core';

/** A list that comes page by page. */
interface Paged {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}

/** Below a list, the newest first: the way to what is not shown yet. */
export function Older({ of: found }: { readonly of: Paged }) {
  if (!found.hasNextPage) return null;
  return (
    <div>
      <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
        Show older ones
      </Button>
    </div>
  );
}
