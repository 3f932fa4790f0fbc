import { z } from 'zod';
import type { SlackSpec } from '../../core/channel.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Callback } from '../../core/notice.ts';
import type { CallbackContext } from './callbacks.ts';
import type { ChannelParts } from './channel.ts';
import { personIdentity } from './person.ts';
import { mustBeFromSlack } from './signed.ts';
import { approveAction, callSlack, denyAction } from './slack.ts';

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload, as much of it as is needed. */
const payloadShape = z.looseObject({
  type: z.literal('block_actions'),
  user: z.looseObject({ id: z.string().min(1).max(64), team_id: z.string().optional() }),
  team: z.looseObject({ id: z.string() }).nullish(),
  channel: z.looseObject({ id: z.string() }),
  message: z.looseObject({ ts: z.string() }),
  actions: z.array(z.looseObject({ action_id: z.string(), value: z.string().max(100).optional() })).min(1),
});
type Payload = z.output<typeof payloadShape>;

const profileShape = z.looseObject({
  user: z.looseObject({
    deleted: z.boolean().optional(),
    is_bot: z.boolean().optional(),
    is_email_confirmed: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    profile: z.looseObject({ email: z.email() }),
  }),
});

/** How long after a decision its message is changed, at most; Slack itself waits three seconds for the answer. */
const tellMs = 10_000;

/** @throws SallyportError `unauthenticated`, `conflict`, `protocol` */
export async function slackCall(
  spec: SlackSpec,
  { header, body }: Callback,
  { parts, seen, answer }: CallbackContext,
): Promise<undefined> {
  const { clock, resolveSecret } = parts;
  if (spec.signingSecret === undefined)
    throw new SallyportError('not_found', 'Sallyport: there is no such channel');
  const signature = header('x-slack-signature');
  const signed = { signature, seconds: header('x-slack-request-timestamp'), body };
  mustBeFromSlack(signed, { secret: await resolveSecret(spec.signingSecret), nowMs: clock.now() });
  seen.mustBeNew(signature ?? '', clock.now());
  const payload = payloadOf(body);
  // The same app may stand in another channel, whose members are not those of this one.
  if (payload.channel.id !== spec.channel)
    throw new SallyportError('denied', 'Sallyport: of another channel');
  const pressed = payload.actions.find(({ action_id }) => [approveAction, denyAction].includes(action_id));
  if (pressed === undefined) return undefined;
  const decision = pressed.action_id === approveAction ? 'approve' : 'deny';
  const identity = await identityOf(spec, parts, payload);
  const said = await answer({ approval: pressed.value ?? '', decision, user: payload.user.id, identity });
  void tell(spec, parts, payload, said).catch((cause: unknown) => parts.report('Slack was not told', cause));
  return undefined;
}

function payloadOf(body: string): Payload {
  const text = new URLSearchParams(body).get('payload') ?? '';
  try {
    return payloadShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new SallyportError('protocol', 'Sallyport: this callback is none of a button', { cause });
  }
}

async function identityOf(
  spec: SlackSpec,
  parts: CallbackContext['parts'],
  { user: { id: user, team_id: home }, team }: Payload,
): Promise<Identity | undefined> {
  const known = spec.people.get(user);
  const nowMs = parts.clock.now();
  if (known !== undefined) return personIdentity(known, nowMs);
  // Another workspace, in a channel shared with it, gives its members whatever addresses it likes.
  if (spec.emailIssuer === undefined || home === undefined || home !== team?.id) return undefined;
  const signal = AbortSignal.timeout(tellMs);
  const found = profileShape.safeParse(
    await callSlack(spec, channelParts(parts), 'users.info', { user }, signal),
  );
  if (!found.success) return undefined;
  const { deleted, is_bot, is_email_confirmed, profile, ...it } = found.data.user;
  if (deleted === true || is_bot === true || is_email_confirmed === false) return undefined;
  const isGuest = it.is_restricted === true || it.is_ultra_restricted === true || it.is_stranger === true;
  if (isGuest) return undefined;
  const { email } = profile;
  return personIdentity({ subject: email, issuer: spec.emailIssuer, groups: [], email }, nowMs);
}

/** To whoever pressed alone: what the others see of it is in the next notice. */
async function tell(
  spec: SlackSpec,
  parts: CallbackContext['parts'],
  { channel, user }: Payload,
  said: string,
): Promise<void> {
  const message = { channel: channel.id, user: user.id, text: said, parse: 'none', link_names: false };
  await callSlack(spec, channelParts(parts), 'chat.postEphemeral', message, AbortSignal.timeout(tellMs));
}

function channelParts({ clock, resolveSecret }: CallbackContext['parts']): ChannelParts {
  return { now: () => clock.now(), resolveSecret };
}
