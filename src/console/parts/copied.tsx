import { Button, CopyButton } from '@mantine/core';
import { Icon } from './icon.tsx';
import { Shown } from './shown.tsx';
import styles from './copied.module.css';

/** Text of the page's own making, to be taken along as it stands. */
export function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={styles['frame']}>
      <pre className={styles['text']} tabIndex={0} role="group" aria-label={label}>
        {text.split('\n').map((line, at) => (
          <div key={at}>{line === '' ? ' ' : <Shown>{line}</Shown>}</div>
        ))}
      </pre>
      <div className={styles['button']}>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="default"
              onClick={copy}
              leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
