import { Kbd, Modal } from '@mantine/core';
import { useState } from 'react';
import { useKey, useKeys } from './keys.tsx';
import type { KeyBinding } from './keys.tsx';
import styles from './key-list.module.css';

/** `?`: what the keys do on this page. */
export function KeyList() {
  const keysNow = useKeys();
  const [listed, setListed] = useState<readonly KeyBinding[]>();
  useKey('?', 'Show these keys', () => setListed(keysNow()));
  return (
    <Modal opened={listed !== undefined} onClose={() => setListed(undefined)} title="Keys" size="sm">
      <dl className={styles['keys']}>
        {(listed ?? []).toReversed().map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
