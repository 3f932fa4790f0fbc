import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { csvOf } from '../../../api/contract/exported.ts';
import { apiBase } from '../../../api/contract/routes.ts';
import { api } from '../../data/client.ts';
import { save } from '../../data/saved.ts';
import { Failed } from '../../parts/failed.tsx';
import { Icon } from '../../parts/icon.tsx';
import { withinMs, withinNames } from '../../parts/within.ts';
import type { Within } from '../../parts/within.ts';

/** The record as files, of the time that is looked at; NDJSON goes to the disk as it comes, however much it is. */
export function Download({ within }: { readonly within: Within | undefined }) {
  const sinceOf = () =>
    within === undefined ? {} : { since: new Date(Date.now() - withinMs(within)).toISOString() };
  const csv = useMutation({
    mutationFn: () => save('journal.csv', 'text/csv', csvOf(api.stream({ follow: 'false', ...sinceOf() }))),
  });
  const ofTime = within === undefined ? 'all of it' : withinNames[within];
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" size={16} />} loading={csv.isPending}>
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Every event, {ofTime}</Menu.Label>
        <Menu.Item
          component="a"
          href={`${apiBase}/stream?${new URLSearchParams({ follow: 'false', ...sinceOf() }).toString()}`}
          download="journal.ndjson"
        >
          NDJSON, as recorded
        </Menu.Item>
        <Menu.Item onClick={() => csv.mutate()}>CSV, an event a line</Menu.Item>
        {csv.error !== null && <Failed error={csv.error} />}
      </Menu.Dropdown>
    </Menu>
  );
}
