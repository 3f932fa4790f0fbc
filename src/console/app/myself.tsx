import { ActionIcon, Menu, SegmentedControl, Tooltip, useMantineColorScheme } from '@mantine/core';
import type { MantineColorScheme } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useMe } from '../data/me.ts';
import { signOut } from '../data/sign-in.ts';
import { Icon } from '../parts/icon.tsx';
import { Shown } from '../parts/shown.tsx';
import styles from './myself.module.css';

/** Who is signed in, and the way out; light or dark. */
export function Myself() {
  const me = useMe().data;
  const out = useMutation({ mutationFn: signOut });
  if (me === undefined) return null;
  return (
    <div className={styles['myself']}>
      <div className={styles['who']}>
        <span className={styles['name']}>
          <Shown>{me.subject}</Shown>
        </span>
        <span className={styles['groups']}>
          <Shown>{me.groups.length === 0 ? 'in no group' : me.groups.join(', ')}</Shown>
        </span>
      </div>
      <Menu position="top-end" width={220} withinPortal={false}>
        <Menu.Target>
          <Tooltip label="You, and how this looks">
            <ActionIcon variant="subtle" color="gray" aria-label="You, and how this looks" size="lg">
              <Icon name="person" />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Looks</Menu.Label>
          <Scheme />
          <Menu.Divider />
          <Menu.Item component="a" href="/login" leftSection={<Icon name="access" size={16} />}>
            My logins
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="leave" size={16} />}
            disabled={out.isPending}
            onClick={() => out.mutate()}
          >
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

const schemes: readonly { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

function Scheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label="colours"
      data={[...schemes]}
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
    />
  );
}
