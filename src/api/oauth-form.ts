import { SallyportError } from '../core/errors.ts';
import type { TicketRequest } from '../core/tickets.ts';

/** RFC 8693 §2.1. */
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const tokenType = 'urn:ietf:params:oauth:token-type:';
/** RFC 8693 §3: what the gateway takes. Which of them it can prove, verifying says. */
const tokenTypes = ['access_token', 'jwt', 'id_token'].map((name) => tokenType + name);
/** What it gives. */
export const ticketType = `${tokenType}access_token`;

const repeatable = ['target', 'audience', 'rules'];
const single = [
  'grant_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'lifetime',
  'purpose',
  'task',
  // RFC 6749 §2.3.1: no client is known here, so none is looked at.
  'client_id',
];
const namesMax = 50;

/**
 * What a form asks for (RFC 8693 §2.1). Unknown parameters are refused though RFC 6749 §3.2 would pass over them: a
 * misspelt `target` would give a wider ticket than was asked for.
 * @throws SallyportError `protocol`; `denied` for a scope
 */
export function ticketRequest(form: URLSearchParams, client: string): TicketRequest {
  mustKnow(form);
  if (form.get('grant_type') !== exchangeGrant) throw unfit(`grant_type must be ${exchangeGrant}`);
  const requested = form.get('requested_token_type');
  if (requested !== null && requested !== ticketType)
    throw unfit(`requested_token_type must be ${ticketType}`);
  const subjectToken = tokenOf(form, 'subject_token');
  if (subjectToken === undefined) throw unfit('subject_token is missing');
  const actorToken = tokenOf(form, 'actor_token');
  const targets = namesOf(form, 'target', 'audience');
  const rules = namesOf(form, 'rules');
  const lifetime = form.get('lifetime');
  const purpose = form.get('purpose');
  const task = form.get('task');
  return {
    subjectToken,
    client,
    ...(actorToken === undefined ? {} : { actorToken }),
    ...(targets === undefined ? {} : { targets }),
    ...(rules === undefined ? {} : { rules }),
    ...(lifetime === null ? {} : { lifetimeMs: secondsOf(lifetime) * 1_000 }),
    ...(purpose === null ? {} : { purpose }),
    ...(task === null ? {} : { task }),
  };
}

function mustKnow(form: URLSearchParams): void {
  if (form.has('scope')) {
    throw new SallyportError('denied', 'Sallyport: there are no scopes here', {
      hint: 'Narrow a ticket by target and rules.',
    });
  }
  for (const name of new Set(form.keys())) {
    if (repeatable.includes(name)) continue;
    // The value of a name that is none could be anything, a token too: it is not repeated.
    if (!single.includes(name))
      throw unfit(`unknown parameter ${/^\w{1,40}$/.test(name) ? name : ''}`.trimEnd());
    if (form.getAll(name).length > 1) throw unfit(`${name} was given twice`);
  }
}

function tokenOf(form: URLSearchParams, name: 'subject_token' | 'actor_token'): string | undefined {
  const token = form.get(name) ?? undefined;
  const type = form.get(`${name}_type`) ?? undefined;
  if (token === undefined && type === undefined) return undefined;
  if (token === undefined || token === '') throw unfit(`${name} is missing`);
  // §2.1: required with a token, and not to be there without one.
  if (type === undefined) throw unfit(`${name}_type is missing: ${tokenTypes.join(' or ')}`);
  if (!tokenTypes.includes(type)) throw unfit(`${name}_type must be one of ${tokenTypes.join(', ')}`);
  return token;
}

/** Several parameters, or one. None given narrows nothing, but an empty one is a mistake. */
function namesOf(form: URLSearchParams, ...parameters: readonly string[]): readonly string[] | undefined {
  const names = parameters.flatMap((parameter) => form.getAll(parameter));
  if (names.length === 0) return undefined;
  if (names.length > namesMax || names.some((name) => name === '' || name.length > 500)) {
    throw unfit(`${parameters.join(' and ')}: 1 to ${namesMax} names, none of them empty`);
  }
  return [...new Set(names)];
}

function secondsOf(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw unfit('lifetime is a number of seconds');
}

function unfit(what: string): SallyportError {
  return new SallyportError('protocol', `Sallyport: ${what}`, {
    hint: 'RFC 8693, section 2.1; besides target, rules (each as often as needed), lifetime, purpose, task.',
  });
}
