import { secretProblem, secretReferences } from './secrets.ts';
import type { Path, Source } from './source.ts';

export function checkSecret(secret: string, path: Path, source: Source): void {
  const problem = secretProblem(secret);
  if (problem !== undefined) source.refuse(path, problem, 'there are ${env:NAME} and ${file:PATH}');
}

export function warnOfPlain(secret: string, path: Path, source: Source): void {
  if (secretReferences(secret).length > 0) return;
  source.warn(
    path,
    'a secret stands plainly in this file',
    'put it elsewhere and write ${env:NAME} or ${file:PATH}',
  );
}
