import type { Command } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Permit } from '../../core/govern.ts';
import type { ProtocolParts } from '../protocol.ts';
import { wholeBodyBytesMax, type RequestBody } from './body.ts';
import { formRefusal } from './form.ts';
import type { Keyed } from './repeats.ts';
import type { Asked } from './request.ts';
import type { HttpSession } from './sessions.ts';
import { refusedAsSent, turnedBack, wholeOf, type Outgoing } from './turned-back.ts';
import type { Understand, Understood } from './understood.ts';

/** A request, read. */
export interface Sending {
  readonly asked: Asked;
  readonly body: RequestBody | undefined;
  readonly keyed: Keyed | undefined;
  readonly understand: Understand;
}

export function commandIn(sending: Sending): Command {
  return refusedIfKeyed(sending.understand(sending.asked, wholeOf(sending.body)), sending.keyed);
}

function refusedIfKeyed({ command }: Understood, keyed: Keyed | undefined): Command {
  return keyed?.refusal === undefined ? command : { ...command, refusal: keyed.refusal };
}

/** @throws SallyportError where it may not go on */
export async function permitted(
  parts: ProtocolParts,
  { session, tokens }: HttpSession,
  sending: Sending,
  signal: AbortSignal,
): Promise<{ readonly permit: Permit; readonly outgoing: Outgoing; readonly understood: Understood }> {
  const understood = sending.understand(sending.asked, wholeOf(sending.body));
  const read = refusedIfKeyed(understood, sending.keyed);
  const outgoing = turnedBack(tokens(), sending.asked, sending.body);
  const refusal =
    formRefusal(sending.asked, sending.body) ??
    (outgoing instanceof SallyportError
      ? outgoing
      : refusedAsSent(parts.policy(), session, read, outgoing, sending.understand));
  const command = refusal === undefined ? read : { ...read, refusal };
  if (sending.body !== undefined && !('whole' in sending.body)) mustNotBeHeld(parts, session, command);
  const ruling = await parts.governor.govern(session, command, () => ({ held: () => undefined, signal }));
  if (ruling instanceof SallyportError) throw ruling;
  // One that may not be turned back is a refusal, so there is no permit without an outgoing request.
  if (outgoing instanceof SallyportError) throw outgoing;
  // With values in place of its tokens it may ask for something else.
  const { asked, body, values } = outgoing;
  return {
    permit: ruling,
    outgoing,
    understood: values.length === 0 ? understood : sending.understand(asked, wholeOf(body)),
  };
}

/** What people agree to is what runs, so they must have seen all of it. */
function mustNotBeHeld(parts: ProtocolParts, session: HttpSession['session'], command: Command): void {
  const verdict = parts.policy().decide(session.identity, session.target, command, session);
  if (verdict.kind !== 'hold') return;
  throw new SallyportError(
    'too_large',
    `Sallyport: a request that waits for people may have a body of ${wholeBodyBytesMax} bytes`,
    { hint: 'Send less at a time.', detail: { rules: verdict.rules } },
  );
}
