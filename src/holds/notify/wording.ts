import type { Notice, NoticeKind } from '../../core/notice.ts';

const titles: Readonly<Record<NoticeKind, string>> = {
  'hold.opened': 'A command waits for approval',
  'hold.decided': 'A held command was decided',
  'request.opened': 'Access is requested',
  'request.decided': 'A request for access was decided',
  'grant.started': 'Access has begun',
  'grant.ended': 'Access has ended',
};

/** One line; all of it came through `shown`. */
export function titleOf({ kind, target }: Notice): string {
  return `${titles[kind]}: ${target}`;
}

/** The facts of a notice, in the order in which people ask for them. */
export function factsOf(notice: Notice): readonly (readonly [name: string, value: string])[] {
  const { identityKind, subject, issuer, actor, target, rules, effects, decision, by } = notice;
  const facts: [string, string | undefined][] = [
    ['Who', `${identityKind} ${subject} (${issuer})`],
    ['Acting', actor],
    ['Target', target],
    ['Rules', rules.join(', ')],
    ['Effects', effects?.join(', ')],
    ['Decision', decision],
    ['By', by?.join(', ')],
  ];
  return facts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]));
}
