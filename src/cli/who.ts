import { visible } from '../api/contract/visible.ts';

/** Somebody, as the API and the record tell of them. */
export interface Person {
  readonly kind: string;
  readonly subject: string;
  readonly issuer: string;
  /** Who acts for them. */
  readonly actor?: Person | undefined;
  readonly purpose?: string | undefined;
  readonly task?: string | undefined;
}

/** `human anna (https://…), through agent crew-7 (https://…)`, with nothing in it that a terminal would obey. */
export function whoOf(person: Person): string {
  return everybodyOf(person)
    .map(({ kind, subject, issuer }) => `${visible(kind)} ${visible(subject)} (${visible(issuer)})`)
    .join(', through ');
}

/** What it says it is for, as lines of their own. */
export function saidOf({ purpose, task }: Person): string[] {
  return [
    ...(purpose === undefined ? [] : [`purpose: ${visible(purpose)}`]),
    ...(task === undefined ? [] : [`task:    ${visible(task)}`]),
  ];
}

/** The same for a cell of a table, where issuers have no room: `human anna through agent crew-7`. */
export function shortWhoOf(person: Person): string {
  return everybodyOf(person)
    .map(({ kind, subject }) => `${kind} ${subject}`)
    .join(' through ');
}

function everybodyOf(person: Person): Person[] {
  return person.actor === undefined ? [person] : [person, ...everybodyOf(person.actor)];
}
