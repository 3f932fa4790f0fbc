import { useEffect, useImperativeHandle, useRef } from 'react';
import type { Ref } from 'react';
import styles from './policy.module.css';

export interface EditorHandle {
  /** Puts the cursor there; both count from 1. */
  goTo(line: number, column: number): void;
}

/** A text with line numbers that one can edit; the lines in which something is wrong are marked. */
export function Editor(it: {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly submit: () => void;
  readonly wrong: ReadonlySet<number>;
  readonly ref: Ref<EditorHandle>;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const follow = () => {
    if (area.current !== null && gutter.current !== null) gutter.current.scrollTop = area.current.scrollTop;
  };
  useEffect(follow);
  useImperativeHandle(it.ref, () => ({
    goTo(line, column) {
      const at = offsetOf(it.text, line, column);
      area.current?.focus();
      area.current?.setSelectionRange(at, at);
    },
  }));
  return (
    <div className={styles['editor']}>
      <div className={styles['gutter']} ref={gutter} aria-hidden="true">
        {it.text.split('\n').map((_, at) => (
          <div key={at} data-wrong={it.wrong.has(at + 1) || undefined}>
            {at + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        className={styles['area']}
        aria-label="sallyport.yaml, edited"
        aria-invalid={it.wrong.size > 0}
        value={it.text}
        onChange={(event) => it.change(event.currentTarget.value)}
        onScroll={follow}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) it.submit();
        }}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
      />
    </div>
  );
}

function offsetOf(text: string, line: number, column: number): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}
