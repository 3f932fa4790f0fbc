import type { Notice } from '../../core/notice.ts';
import { withoutLiterals } from '../../wire/sql/without-literals.ts';
import { withoutPathValues } from './without-path-values.ts';

const textCharsMax = 1_500;
const nameCharsMax = 200;
const listedMax = 20;
/** Controls, direction and format characters, and what cannot be seen: another reader may obey or hide them. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** What leaves of a notice: no values, nothing endless, nothing that a reader would obey. */
export function shown(notice: Notice): Notice {
  const { effects, text, actor, by } = notice;
  return {
    ...notice,
    subject: plain(notice.subject),
    issuer: plain(notice.issuer),
    rules: plainList(notice.rules),
    ...(actor === undefined ? {} : { actor: plain(actor) }),
    ...(by === undefined ? {} : { by: plainList(by) }),
    ...(effects === undefined
      ? {}
      : { effects: plainList(effects.map((effect) => withoutPathValues(effect) ?? effect)) }),
    ...(text === undefined
      ? {}
      : { text: plain(withoutPathValues(text) ?? withoutLiterals(text), textCharsMax) }),
  };
}

function plainList(texts: readonly string[]): readonly string[] {
  const first = texts.slice(0, listedMax).map((text) => plain(text));
  return texts.length > listedMax ? [...first, `and ${texts.length - listedMax} more`] : first;
}

function plain(text: string, charsMax = nameCharsMax): string {
  const visible = text
    .slice(0, charsMax)
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return text.length > charsMax ? `${visible}…` : visible;
}
