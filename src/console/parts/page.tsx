import { Title } from '@mantine/core';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import styles from './page.module.css';

interface PageParts {
  readonly title: string;
  /** One sentence: what one sees here. */
  readonly about?: ReactNode;
  /** Buttons and filters, at the right. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page's frame: its heading, which is the window's title, too. */
export function Page({ title, about, actions, children }: PageParts) {
  useEffect(() => {
    document.title = `${title} – Sallyport`;
  }, [title]);
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <div>
          <Title order={1}>{title}</Title>
          {about !== undefined && <p className={styles['about']}>{about}</p>}
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page on its own ground, with or without a heading. */
export function Panel(it: {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={styles['panel']} aria-label={it.title}>
      {it.title !== undefined && (
        <div className={styles['panel-head']}>
          <Title order={2}>{it.title}</Title>
          {it.actions}
        </div>
      )}
      {it.children}
    </section>
  );
}
