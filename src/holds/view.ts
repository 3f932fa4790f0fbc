import type { HoldView } from '../core/approvals.ts';
import type { Identity } from '../core/identity.ts';
import type { RecordedValue } from '../core/event.ts';
import type { HoldRecord, HoldState } from '../core/records.ts';
import { deceptions } from './deceptions.ts';
import { namesOf, samePerson } from './people.ts';

const listedCharsMax = 2_000;
const listedParametersMax = 50;

/** @param to who looks, whatever they may see; absent: the gateway itself */
export function viewOf(hold: HoldRecord, url: string, nowMs: number, to?: Identity): HoldView {
  return {
    id: hold.id,
    session: hold.session,
    identity: hold.identity,
    target: hold.target,
    text: hold.text,
    parameters: hold.parameters,
    clipped: false,
    warnings: deceptions(hold.text, hold.parameters),
    effects: hold.effects,
    unbounded: hold.unbounded,
    uses: hold.uses,
    rules: hold.rules,
    approvers: hold.approvers,
    decisions: hold.decisions.map(({ by, decision, because, atMs }) => ({ by, decision, because, at: atMs })),
    state: stateNow(hold, nowMs),
    waiting: hold.waiting,
    createdAt: hold.createdAtMs,
    waitUntil: hold.waitUntilMs,
    pendingUntil: hold.pendingUntilMs,
    validUntil: hold.validUntilMs,
    standing: hold.standing,
    estimate: maySeeOutlook(hold, to) ? hold.estimate : null,
    preview: maySeeOutlook(hold, to) ? hold.preview : null,
    url,
  };
}

/** The same, small enough for a list. */
export function clippedView(hold: HoldRecord, url: string, nowMs: number, to?: Identity): HoldView {
  const view = viewOf(hold, url, nowMs, to);
  const text = clip(hold.text);
  const parameters = hold.parameters.slice(0, listedParametersMax).map(clipValue);
  const whole =
    text === hold.text &&
    parameters.length === hold.parameters.length &&
    parameters.every((value, position) => value === hold.parameters[position]);
  return { ...view, text, parameters, clipped: !whole };
}

/** What the passing of time has made of it, whether or not the store was told yet. */
export function stateNow(hold: HoldRecord, nowMs: number): HoldState {
  const until =
    hold.state === 'pending' ? hold.pendingUntilMs : hold.state === 'approved' ? hold.validUntilMs : null;
  return until !== null && until <= nowMs ? 'expired' : hold.state;
}

/** How many rows hold a value tells of it: whoever asked could read hidden columns by asking again and again. */
function maySeeOutlook({ names }: HoldRecord, to: Identity | undefined): boolean {
  return to === undefined || !samePerson(names, namesOf(to));
}

function clipValue(value: RecordedValue): RecordedValue {
  if (value === null) return null;
  if (typeof value === 'string') return clip(value);
  return value.hex.length <= listedCharsMax ? value : { ...value, hex: clip(value.hex) };
}

function clip(text: string): string {
  return text.length <= listedCharsMax ? text : `${text.slice(0, listedCharsMax)}…`;
}
