import { Button, Menu, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { csvOf } from '../../../api/contract/exported.ts';
import { apiBase } from '../../../api/contract/routes.ts';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import { api } from '../../data/client.ts';
import { useMay } from '../../data/me.ts';
import { save } from '../../data/saved.ts';
import { useKill } from '../../data/sessions.ts';
import { Failed } from '../../parts/failed.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Shown } from '../../parts/shown.tsx';
import styles from './replay.module.css';

/** What one can do with a session. */
export function Actions({ session }: { readonly session: SessionBody }) {
  const mayKill = useMay('write.kill');
  return (
    <>
      {session.closedAt === null && mayKill && <Kill session={session} />}
      <Export session={session} />
    </>
  );
}

function Export({ session: { id } }: { readonly session: SessionBody }) {
  const csv = useMutation({
    mutationFn: () => save(`session-${id}.csv`, 'text/csv', csvOf(api.events(id))),
  });
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" size={16} />} loading={csv.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          component="a"
          href={`${apiBase}/sessions/${encodeURIComponent(id)}/events`}
          download={`session-${id}.ndjson`}
        >
          NDJSON, as recorded
        </Menu.Item>
        <Menu.Item onClick={() => csv.mutate()}>CSV, an event a line</Menu.Item>
        {csv.error !== null && <Failed error={csv.error} />}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Wants to be meant: it cuts somebody off in the middle of what they do. */
function Kill({ session: { id, identity, target } }: { readonly session: SessionBody }) {
  const [isAsked, { open, close }] = useDisclosure(false);
  const kill = useKill(id);
  return (
    <>
      <Button variant="default" className={styles['grave'] ?? ''} onClick={open}>
        End this session
      </Button>
      <Modal opened={isAsked} onClose={close} title="End this session?">
        <div className={styles['asked']}>
          <p>
            <Shown>{identity.subject}</Shown> is cut off from <Shown>{target}</Shown> at once, and whatever
            runs for them there is rolled back. They can connect again: to keep them out, shut them out on the
            page of agents.
          </p>
          {kill.error !== null && <Failed error={kill.error} />}
          <div className={styles['buttons']}>
            <Button
              color="red.9"
              data-autofocus
              loading={kill.isPending}
              onClick={() => kill.mutate(undefined, { onSuccess: close })}
            >
              End it
            </Button>
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
