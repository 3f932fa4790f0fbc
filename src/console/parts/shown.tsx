import { visible } from '../../api/contract/visible.ts';
import styles from './shown.module.css';

interface Piece {
  readonly text: string;
  /** It stands for something that cannot be seen. */
  readonly isMark: boolean;
}

/**
 * Text that somebody else wrote, in one line: the only way by which such text comes onto a page. What cannot be seen,
 * or turns the direction, is spelled out and marked, so that nobody can spell it out themselves to look harmless.
 */
export function Shown({ children }: { readonly children: string }) {
  if (visible(children) === children) return <bdi>{children}</bdi>;
  return (
    <bdi>
      {piecesOf(children).map(({ text, isMark }, at) =>
        isMark ? (
          <mark key={at} className={styles['mark']} title="a character that cannot be seen">
            {text}
          </mark>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}

function piecesOf(text: string): Piece[] {
  const pieces: { text: string; isMark: boolean }[] = [];
  for (const character of text) {
    const shown = visible(character);
    const isMark = shown !== character;
    const last = pieces.at(-1);
    if (last?.isMark === isMark) last.text += shown;
    else pieces.push({ text: shown, isMark });
  }
  return pieces;
}
