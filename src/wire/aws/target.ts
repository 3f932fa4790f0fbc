import { awsDecoded } from './encoding.ts';

/** Where a request to AWS goes: what is verified, decided on and signed again. */
export interface AwsRequestTarget {
  /** As it came, which is SigV4's own spelling. Begins with `/`. */
  readonly path: string;
  /** What the segments of the path stand for. */
  readonly segments: readonly string[];
  /** As it came, with its `?`; or empty. */
  readonly search: string;
  /** Names and values, in the order they came; a name alone has the value ''. */
  readonly query: readonly (readonly [name: string, value: string])[];
}

/**
 * The request target in origin form. Only SigV4's own spelling is taken, so that there are no two texts that mean one
 * place, nor one that means two.
 */
export function awsRequestTarget(url: string): AwsRequestTarget | { readonly problem: string } {
  const [, path = '', text = ''] = /^(\/[^?#]*)(?:\?([^#]*))?$/.exec(url) ?? [];
  if (path === '') return { problem: 'the request target is no path' };
  const segments = path.split('/').slice(1).map(awsDecoded);
  const known = segments.filter((segment) => segment !== undefined);
  if (known.length < segments.length) return { problem: 'the path is not escaped as SigV4 escapes it' };
  if (known.some((segment) => segment === '.' || segment === '..')) {
    return { problem: 'the path has dot segments, which servers read in more than one way' };
  }
  if (known.slice(0, -1).includes('')) {
    return { problem: 'the path has empty segments, which servers read in more than one way' };
  }
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (known.some((segment) => /[\u0000-\u001f\u007f]/.test(segment))) {
    return { problem: 'the path has control characters' };
  }
  const query = queryOf(text);
  if (query === undefined) return { problem: 'the query is not escaped as SigV4 escapes it' };
  return { path, segments: known, search: text === '' ? '' : `?${text}`, query };
}

function queryOf(text: string): (readonly [string, string])[] | undefined {
  if (text === '') return [];
  const pairs: (readonly [string, string])[] = [];
  for (const part of text.split('&')) {
    const at = part.indexOf('=');
    const name = awsDecoded(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? '' : awsDecoded(part.slice(at + 1));
    if (name === undefined || name === '' || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}
