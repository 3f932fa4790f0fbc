import { z } from 'zod';
import { signInRefused } from './fault.ts';

/** How far the provider's clock may be from ours. */
export const skewMs = 30_000;

const attributes = z.record(z.string(), z.string()).default({});
const texts = z.array(z.looseObject({ _: z.string().optional(), $: attributes })).default([]);

/** What counts of an assertion, as xml2js gives it: of every element a list, its text `_`, its attributes `$`. */
const assertion = z.looseObject({
  Assertion: z.looseObject({
    $: attributes,
    Issuer: texts,
    Subject: z
      .array(
        z.looseObject({
          NameID: texts,
          SubjectConfirmation: z
            .array(
              z.looseObject({
                $: attributes,
                SubjectConfirmationData: z.array(z.looseObject({ $: attributes })).default([]),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
    AuthnStatement: z.array(z.looseObject({ $: attributes })).default([]),
  }),
});

export interface ExpectedAssertion {
  readonly issuer: string;
  /** The id of the request that this answers. */
  readonly request: string;
  /** Where answers come to. */
  readonly callback: string;
  readonly nowMs: number;
}

export interface FoundAssertion {
  readonly nameId: string;
  /** `urn:oasis:names:tc:SAML:2.0:nameid-format:transient` and so on. */
  readonly nameIdFormat: string;
  /** When the provider ends its session with this person. */
  readonly endsAtMs: number | undefined;
}

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/**
 * What the library leaves to its caller: who made the assertion, for which request, and for whom to present
 * (SAML profiles §4.1.4.2 and §4.1.4.3). All of it is read from what was signed.
 * @throws SallyportError `unauthenticated`
 */
export function checkedAssertion(parsed: unknown, expected: ExpectedAssertion): FoundAssertion {
  const read = assertion.safeParse(parsed);
  if (!read.success) throw signInRefused('the assertion of the provider is not of its form', read.error);
  const { Issuer, Subject, AuthnStatement } = read.data.Assertion;
  if (Issuer.length !== 1 || Issuer[0]?._ !== expected.issuer)
    throw signInRefused('the assertion was made by another provider');
  const [subject] = Subject;
  const [nameId] = subject?.NameID ?? [];
  if (Subject.length !== 1 || subject?.NameID.length !== 1 || nameId?._ === undefined || nameId._ === '')
    throw signInRefused('the assertion names nobody');
  if (!subject.SubjectConfirmation.some((confirmation) => confirms(confirmation, expected)))
    throw signInRefused('the assertion was not made for this gateway, this request and this time');
  if (AuthnStatement.length === 0) throw signInRefused('the assertion does not say that anybody signed in');
  const ends = AuthnStatement.map(({ $ }) => $['SessionNotOnOrAfter']).filter((end) => end !== undefined);
  return {
    nameId: nameId._,
    nameIdFormat: nameId.$['Format'] ?? '',
    endsAtMs: ends.length === 0 ? undefined : Math.min(...ends.map(timeOf)),
  };
}

type Confirmation = z.output<typeof assertion>['Assertion']['Subject'][number]['SubjectConfirmation'][number];

/** §4.1.4.2: for whom, by when and in answer to what; a `NotBefore` has no place there. */
function confirms({ $, SubjectConfirmationData }: Confirmation, expected: ExpectedAssertion): boolean {
  if ($['Method'] !== bearer || SubjectConfirmationData.length !== 1) return false;
  const { Recipient, InResponseTo, NotOnOrAfter, NotBefore } = SubjectConfirmationData[0]?.$ ?? {};
  return (
    Recipient === expected.callback &&
    InResponseTo === expected.request &&
    NotBefore === undefined &&
    NotOnOrAfter !== undefined &&
    expected.nowMs - skewMs < timeOf(NotOnOrAfter)
  );
}

/** SAML core §1.3.3: times are UTC and end in Z. What is none is long ago. */
function timeOf(text: string): number {
  const ms = text.endsWith('Z') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? 0 : ms;
}
