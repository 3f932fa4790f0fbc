import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SallyportError } from '../core/errors.ts';
import type { Secret } from '../core/target.ts';

/** One `${scheme:name}` of a secret. */
export interface SecretReference {
  readonly scheme: string;
  readonly name: string;
}

const reference = /\$\{([^{}:]*):([^{}]*)\}/g;
const schemes = ['env', 'file'];
const schemesToCome = ['vault', 'aws-sm'];

/** A secret is a line or a key, not a document. */
const fileBytesMax = 65_536;

export function secretReferences(secret: Secret): readonly SecretReference[] {
  return [...secret.matchAll(reference)].map(([, scheme = '', name = '']) => ({ scheme, name }));
}

/** What stands in a secret beside its references. */
export function withoutReferences(secret: Secret): string {
  return secret.replaceAll(reference, '');
}

/** Why a secret could never be resolved, in a sentence that does not hold it; undefined where it could. */
export function secretProblem(secret: Secret): string | undefined {
  for (const { scheme, name } of secretReferences(secret)) {
    if (schemesToCome.includes(scheme)) return `\${${scheme}:…} is not built yet in this version`;
    if (!schemes.includes(scheme)) return `\${${scheme}:…} is no kind of reference`;
    if (name === '') return `\${${scheme}:} names nothing`;
  }
  // What is left of `${` is a reference that was mistyped; taken as it stands it would be a wrong password.
  if (withoutReferences(secret).includes('${')) return 'a reference is not closed or has no scheme';
  return undefined;
}

/**
 * Resolves secrets whose `${file:…}` are relative to a folder, that of the configuration. What a reference
 * yields is taken as it stands: references in it are not resolved again.
 * @throws SallyportError `credential_unavailable`, naming the variable or file and never a value
 */
export function secretResolver(
  folder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): (secret: Secret) => Promise<string> {
  return async (secret) => {
    const problem = secretProblem(secret);
    if (problem !== undefined) throw unavailable(problem);
    const values = await Promise.all(
      secretReferences(secret).map(({ scheme, name }) =>
        scheme === 'env' ? fromEnvironment(name, environment) : fromFile(resolve(folder, name), name),
      ),
    );
    let next = 0;
    return secret.replaceAll(reference, () => values[next++] ?? '');
  };
}

function fromEnvironment(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined || value === '') throw unavailable(`environment variable ${name} is not set`);
  return value;
}

/** Without the line break that editors and `echo` put at the end. */
async function fromFile(path: string, name: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unavailable(`file ${name} cannot be read`, cause);
  });
  if (bytes.byteLength > fileBytesMax) throw unavailable(`file ${name} is longer than ${fileBytesMax} bytes`);
  const value = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (value === '') throw unavailable(`file ${name} is empty`);
  return value;
}

function unavailable(why: string, cause?: unknown): SallyportError {
  return new SallyportError('credential_unavailable', `Sallyport: ${why}`, {
    hint: 'Tell whoever runs this gateway.',
    ...(cause === undefined ? {} : { cause }),
  });
}
