import { matchesAnyGlob, matchesGlob } from '../core/glob.ts';
import { resourceGlob, routePlace } from '../policy/resource.ts';
import type { OpenApi } from '../wire/openapi/document.ts';
import { isApiName, placesNamed, routesNamed, type Named } from '../wire/openapi/names.ts';
import { didYouMean } from './nearest.ts';
import type { GraphqlSchemas } from './graphql.ts';
import type { Apis } from './openapi.ts';
import type { ConfigFile, MaskEntry, RuleEntry, TargetEntry } from './schema.ts';
import type { Path, Source } from './source.ts';

/**
 * The file with routes and places in place of names of operations and schemas, and texts in place of names of files.
 * What is wrong is noted in the source.
 */
export function expandNames(
  file: ConfigFile,
  { apis, schemas }: { readonly apis: Apis; readonly schemas: GraphqlSchemas },
  source: Source,
): ConfigFile {
  return {
    ...file,
    targets: Object.fromEntries(
      Object.entries(file.targets).map(([name, target]) => [
        name,
        withSchema(target, schemas.get(name)?.text),
      ]),
    ),
    rules: file.rules.map((rule, at) => expandRule(rule, file, apis, { path: ['rules', at], source })),
    sensitive: Object.fromEntries(
      Object.entries(file.sensitive).map(([target, places]) => [
        target,
        expandPlaces(places, apis.get(target), { path: ['sensitive', target], source }),
      ]),
    ),
  };
}

function withSchema(target: TargetEntry, schema: string | undefined): TargetEntry {
  const { http } = target;
  if (http?.graphql === undefined || schema === undefined) return target;
  return { ...target, http: { ...http, graphql: { path: http.graphql.path, schema } } };
}

/** Where it stands, for errors. */
interface At {
  readonly path: Path;
  readonly source: Source;
}

function expandRule(rule: RuleEntry, file: ConfigFile, apis: Apis, { path, source }: At): RuleEntry {
  const { resources, reveal } = rule;
  const targets = targetsOf(rule, file);
  const expand = (texts: readonly string[], key: string): string[] =>
    texts.flatMap((text, at) =>
      isApiName(text)
        ? inAll(text, targets, apis, { path: [...path, key, at], source }, key === 'reveal' ? places : routes)
        : [text],
    );
  return {
    ...rule,
    ...(resources === undefined ? {} : { resources: expand(resources, 'resources') }),
    ...(reveal === undefined ? {} : { reveal: expand(reveal, 'reveal') }),
  };
}

function targetsOf({ targets }: RuleEntry, file: ConfigFile): string[] {
  return Object.entries(file.targets).flatMap(([name, { labels }]) => {
    const isMeant =
      'labels' in targets
        ? Object.entries(targets.labels).every(([label, value]) => labels[label] === value)
        : matchesAnyGlob(targets, name);
    return isMeant ? [name] : [];
  });
}

/** A route that stands for an operation of one target may be something else of another's: the rule opens one of them. */
function inAll(
  text: string,
  targets: readonly string[],
  apis: Apis,
  at: At,
  find: (api: OpenApi, text: string) => Named,
): string[] {
  const found = targets.map((name) => lookedUp(text, apis.get(name), name, at, find));
  const [first = []] = found;
  if (found.some((each) => each !== undefined && first !== undefined && `${each}` !== `${first}`)) {
    at.source.refuse(at.path, `"${text}" is something else of each of its targets`, 'make a rule for each');
  }
  return first ?? [];
}

function lookedUp(
  text: string,
  api: OpenApi | undefined,
  target: string,
  { path, source }: At,
  find: (api: OpenApi, text: string) => Named,
): string[] | undefined {
  if (api === undefined) {
    source.refuseKey(path, `"${text}": target "${target}" has no OpenAPI file`, 'give it http.openapi');
    return undefined;
  }
  const named = find(api, text);
  if ('resources' in named) return [...named.resources];
  const hint = named.hint ?? didYouMean(text.replace(/^\w+:|#.*$/g, ''), named.names ?? []);
  source.refuseKey(path, `"${text}": ${named.problem}`, hint);
  return undefined;
}

function routes(api: OpenApi, text: string): Named {
  return spelt(routesNamed(api, text, matchesGlob), resourceGlob);
}

function places(api: OpenApi, text: string): Named {
  return spelt(placesNamed(api, text), routePlace);
}

/** A route that no request comes to would be a rule about nothing. */
function spelt(named: Named, check: (resource: string) => object): Named {
  if (!('resources' in named)) return named;
  for (const resource of named.resources) {
    const found = check(resource);
    if ('problem' in found) return { problem: String(found.problem) };
  }
  return named;
}

function expandPlaces(
  given: Readonly<Record<string, MaskEntry>>,
  api: OpenApi | undefined,
  { path, source }: At,
): Record<string, MaskEntry> {
  const expanded: Record<string, MaskEntry> = {};
  const ranks = new Map<string, number>();
  // What is written as a route wins over what a name stands for, and an operation over a schema.
  const inOrder = Object.entries(given).toSorted(([a], [b]) => rank(a) - rank(b));
  for (const [text, mask] of inOrder) {
    const at = { path: [...path, text], source };
    const all = isApiName(text) ? lookedUp(text, api, String(path.at(-1)), at, places) : [text];
    for (const place of all ?? []) {
      const isSame = JSON.stringify(expanded[place] ?? mask) === JSON.stringify(mask);
      if (!isSame && ranks.get(place) === rank(text)) {
        source.refuseKey(at.path, `"${text}" is also ${place}, which is masked otherwise`);
      }
      expanded[place] = mask;
      ranks.set(place, rank(text));
    }
  }
  return expanded;
}

function rank(text: string): number {
  return ['schema:', 'op:'].findIndex((kind) => text.startsWith(kind)) + 1 || 3;
}
