import { compilePattern, PatternError } from '../core/pattern.ts';
import { detectorNames } from '../core/target.ts';
import { checkTargetName } from './check-rules.ts';
import { didYouMean } from './nearest.ts';
import type { ConfigFile } from './schema.ts';
import type { Source } from './source.ts';

/** Patterns that are none, and names in `detect` that are nowhere. */
export function checkDetectors(file: ConfigFile, source: Source): void {
  checkPatterns(file, source);
  const targets = Object.keys(file.targets);
  const known: readonly string[] = [...detectorNames, ...Object.keys(file.patterns)];
  for (const [i, detection] of file.detect.entries()) {
    for (const [j, name] of detection.find.entries()) {
      if (known.includes(name)) continue;
      const hint = didYouMean(name, known) ?? `there are ${known.join(', ')}`;
      source.refuse(['detect', i, 'find', j], `no detector "${name}" is known`, hint);
    }
    for (const [j, name] of detection.targets.entries()) {
      checkTargetName(name, targets, ['detect', i, 'targets', j], source);
    }
  }
}

function checkPatterns({ patterns, detect }: ConfigFile, source: Source): void {
  const builtIn: readonly string[] = detectorNames;
  for (const [name, pattern] of Object.entries(patterns)) {
    const path = ['patterns', name];
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
      source.refuseKey(path, `"${name}" cannot name a pattern`, 'a-z, 0-9, _ and at most 63 of them');
    } else if (builtIn.includes(name)) {
      source.refuseKey(path, `"${name}" is a detector already`, 'give the pattern another name');
    } else if (!detect.some(({ find }) => find.includes(name))) {
      source.refuseKey(path, `nothing looks for "${name}"`, 'name it in find of detect, or take it out');
    }
    try {
      compilePattern(pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      source.refuseInside(path, error.offset, `patterns.${name}: ${error.message}`, error.hint);
    }
  }
}
