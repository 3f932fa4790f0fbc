import { z } from 'zod';
import type { TeamsSpec } from '../../core/channel.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Callback } from '../../core/notice.ts';
import type { CallbackContext } from './callbacks.ts';
import { personIdentity } from './person.ts';
import { mustBeFromTeams, mustBeRecent } from './signed.ts';

/** A Bot Framework activity, as much of it as is needed. */
const activityShape = z.looseObject({
  type: z.literal('message'),
  timestamp: z.iso.datetime({ offset: true }),
  text: z.string().max(10_000),
  from: z.looseObject({ aadObjectId: z.string().min(1).max(64) }),
});

/** `<at>Sallyport</at> approve 0123456789abcdef` */
const sayings = /^(?:<at>[^<]*<\/at>|&nbsp;|\s)*(approve|deny)(?:&nbsp;|\s)+([0-9a-f]{16})(?:&nbsp;|\s)*$/i;

/** @throws SallyportError `unauthenticated`, `conflict`, `protocol` */
export async function teamsCall(
  spec: TeamsSpec,
  { header, body }: Callback,
  { parts, seen, answer }: CallbackContext,
): Promise<Readonly<Record<string, unknown>>> {
  const { clock, resolveSecret } = parts;
  if (spec.secret === undefined) throw new SallyportError('not_found', 'Sallyport: there is no such channel');
  const authorization = header('authorization');
  mustBeFromTeams({ authorization, body }, { secret: await resolveSecret(spec.secret) });
  const { text, timestamp, from } = activityOf(body);
  mustBeRecent(Date.parse(timestamp), clock.now());
  seen.mustBeNew(authorization ?? '', clock.now());
  const [, word = '', approval = ''] = sayings.exec(text.trim()) ?? [];
  if (approval === '') return said('Say "approve" or "deny" and the id of an approval.');
  const known = spec.people.get(from.aadObjectId);
  const identity = known && personIdentity(known, clock.now());
  const decision = word.toLowerCase() === 'approve' ? 'approve' : 'deny';
  return said(await answer({ approval: approval.toLowerCase(), decision, user: from.aadObjectId, identity }));
}

function activityOf(body: string): z.output<typeof activityShape> {
  try {
    return activityShape.parse(JSON.parse(body));
  } catch (cause) {
    throw new SallyportError('protocol', 'Sallyport: this callback is no message', { cause });
  }
}

function said(text: string): Readonly<Record<string, unknown>> {
  return { type: 'message', text, textFormat: 'plain' };
}
