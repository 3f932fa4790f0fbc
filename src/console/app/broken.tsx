import { Button, Stack } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Failed } from '../parts/failed.tsx';

/** A fault of the console's own, or a part of it that a newer gateway does not have any more. */
export function Broken({ error }: ErrorComponentProps) {
  return (
    <Stack p="xl" maw={640} align="flex-start">
      <Failed error={error instanceof Error ? error : new Error(String(error))} />
      <Button onClick={() => location.reload()}>Load the page again</Button>
    </Stack>
  );
}
