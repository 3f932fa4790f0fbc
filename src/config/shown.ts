import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import { holdsSecret } from './check.ts';
import { withoutReferences } from './secrets.ts';
import { type Path, Source } from './source.ts';

/** A configuration as those may see it who may read the policy. */
export interface ShownConfig {
  /** As it is written, but for secrets that stand in it, and comments beside those. */
  readonly text: string;
  /** Where each rule begins and each budget, from 1. */
  readonly ruleLines: readonly number[];
  readonly budgetLines: readonly number[];
}

/** In the place of a secret; a reference itself, so that the text can still be checked. */
const hidden = '"${env:HIDDEN}"';
const hiddenComment = '# …';

/** What is no secret of a credential, by its whole path: what anybody may name (headers, env) is never among these. */
const open: ReadonlySet<string> = new Set([
  'static.user',
  'basic.user',
  'mint.member_of',
  'oauth.token_url',
  'oauth.client_id',
  'oauth.client_auth',
  'oauth.scope',
  'oauth.audience',
  'certificate.cert',
  'certificate.key',
  'assume_role',
]);

/** The same where no reference may stand. */
const hiddenText = '"hidden"';

/** What the lexer says between the tokens, and is no part of the text. */
const scalarFollows = '\u001f';
const markers: ReadonlySet<string> = new Set([scalarFollows, '\u0002', '\u0018']);

/** What rules are about; comments anywhere else may hold what was a secret once. */
const policyParts: ReadonlySet<string> = new Set(['sensitive', 'detect', 'patterns', 'rules', 'budgets']);

/** @param text one that was taken as a configuration */
export function shownConfig(text: string, file: string): ShownConfig {
  const source = new Source(text, file);
  const document = parseDocument(text);
  const cuts = [...secretsIn(document.contents, [], document), ...commentsIn(text, document)];
  return {
    text: withCuts(text, cuts),
    ruleLines: linesOf('rules', source),
    budgetLines: linesOf('budgets', source),
  };
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

/** Scalars that say a secret, be it by an anchor elsewhere. */
function secretsIn(node: Node | null | undefined, path: Path, document: Document.Parsed): readonly Cut[] {
  if (isAlias(node)) return secretsIn(node.resolve(document), path, document);
  if (isMap(node)) {
    return node.items.flatMap((item) => {
      if (!isPair<Node, Node | null>(item)) return [];
      const key = isScalar(item.key) ? String(item.key.value) : '';
      return secretsIn(item.value, [...path, key], document);
    });
  }
  if (isSeq<Node>(node)) return node.items.flatMap((item, at) => secretsIn(item, [...path, at], document));
  if (!isScalar(node) || node.range === undefined || node.range === null) return [];
  const value = String(node.value ?? '');
  const instead = isEnvironment(path) ? hiddenText : isSecret(path, value) ? hidden : undefined;
  if (instead === undefined) return [];
  const [start, end] = node.range;
  return [{ start, end, instead }];
}

function isSecret(path: Path, value: string): boolean {
  // An address with a password in it, wherever it stands.
  if (/:\/\/[^/\s:@]*:[^/\s@]+@/.test(withoutReferences(value))) return true;
  if (!holdsSecret(path) || isOpen(path)) return false;
  return /\S/.test(withoutReferences(value));
}

/** Of a program of MCP: no place for secrets, and where people put them all the same. */
function isEnvironment([top, , member, key]: Path): boolean {
  return top === 'targets' && member === 'mcp' && key === 'env';
}

function isOpen([top, , member, ...rest]: Path): boolean {
  const names = rest.filter((step) => typeof step === 'string');
  return top === 'targets' && member === 'credential' && open.has(names.join('.'));
}

function commentsIn(text: string, document: Document.Parsed): readonly Cut[] {
  const shown = policyRanges(document);
  const cuts: Cut[] = [];
  let at = 0;
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    const [start, end] = [at, at + token.length];
    if (markers.has(token)) {
      isText = token === scalarFollows;
      continue;
    }
    at = end;
    const isComment = token.startsWith('#') && !isText;
    isText = false;
    if (isComment && !shown.some((range) => range.start <= start && end <= range.end)) {
      cuts.push({ start, end, instead: hiddenComment });
    }
  }
  return cuts;
}

/** From the key of each part of the policy to that of the next part of the file. */
function policyRanges({
  contents,
}: Document.Parsed): readonly { readonly start: number; readonly end: number }[] {
  if (!isMap<Node, Node | null>(contents)) return [];
  const starts = contents.items.map(({ key }) => ({
    name: isScalar(key) ? String(key.value) : '',
    start: key.range?.[0] ?? 0,
  }));
  return starts.flatMap(({ name, start }, index) =>
    policyParts.has(name) ? [{ start, end: starts[index + 1]?.start ?? Number.POSITIVE_INFINITY }] : [],
  );
}

function withCuts(text: string, cuts: readonly Cut[]): string {
  let written = '';
  let at = 0;
  for (const { start, end, instead } of cuts.toSorted((a, b) => a.start - b.start)) {
    // The same scalar can be found twice, by its own place and by an alias.
    if (start < at) continue;
    written += text.slice(at, start) + instead;
    at = end;
  }
  return written + text.slice(at);
}

function linesOf(part: 'rules' | 'budgets', source: Source): readonly number[] {
  const { value } = source;
  if (typeof value !== 'object' || value === null || !(part in value)) return [];
  const list: unknown = Object.entries(value).find(([key]) => key === part)?.[1];
  return Array.isArray(list) ? list.map((_, at) => source.lineOf([part, at])) : [];
}
