import type { ActorBody, IdentityBody } from '../api/contract/schemas.ts';
import { visible } from '../api/contract/visible.ts';

/** `human anna (https://…), through agent crew-7 (https://…)`, with nothing in it that a terminal would obey. */
export function whoOf(identity: IdentityBody): string {
  return [identity, ...actorsOf(identity.actor)]
    .map(({ kind, subject, issuer }) => `${kind} ${visible(subject)} (${visible(issuer)})`)
    .join(', through ');
}

/** What it says it is for, as lines of their own. */
export function saidOf({ purpose, task }: IdentityBody): string[] {
  return [
    ...(purpose === undefined ? [] : [`purpose: ${visible(purpose)}`]),
    ...(task === undefined ? [] : [`task:    ${visible(task)}`]),
  ];
}

function actorsOf(actor: ActorBody | undefined): ActorBody[] {
  return actor === undefined ? [] : [actor, ...actorsOf(actor.actor)];
}
