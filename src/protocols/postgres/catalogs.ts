import { SallyportError } from '../../core/errors.ts';
import type { UpstreamTarget } from '../../core/target.ts';
import { loadCatalog } from './catalog.ts';
import type { LoadedCatalog } from './catalog.ts';

/** Runs a statement of the gateway's own on the target and gives its rows as text. */
export type Run = (sql: string) => Promise<(string | null)[][]>;

/** Within this time a change that somebody makes past the gateway may go unnoticed (SECURITY.md). */
const freshMs = 30_000;

interface Kept {
  catalog: LoadedCatalog | undefined;
  loadedAtMs: number;
  loading: { readonly generation: number; readonly catalog: Promise<LoadedCatalog> } | undefined;
  /** Raised by schema changes seen in passing; what was loaded under an older number is stale. */
  generation: number;
  loadedGeneration: number;
}

/** What names mean on each target, shared by its sessions. */
export class Catalogs {
  readonly #kept = new WeakMap<UpstreamTarget, Kept>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The catalog, if what is known is still good; else undefined: call `load`. */
  fresh(target: UpstreamTarget): LoadedCatalog | undefined {
    const kept = this.#of(target);
    const good = kept.generation === kept.loadedGeneration && this.#now() - kept.loadedAtMs < freshMs;
    // With problems nobody is served, so every command looks whether they have been put right.
    return good && kept.catalog?.problems.length === 0 ? kept.catalog : undefined;
  }

  /** Reads it anew, once for all who ask meanwhile. */
  async load(target: UpstreamTarget, run: Run): Promise<LoadedCatalog> {
    const kept = this.#of(target);
    const { generation } = kept;
    if (kept.loading?.generation === generation) return kept.loading.catalog;
    const startedAtMs = this.#now();
    const loading = { generation, catalog: loadCatalog(run, target.sensitive) };
    kept.loading = loading;
    try {
      const catalog = await loading.catalog;
      // Whoever began to read after a later change knows more.
      if (generation >= kept.loadedGeneration) {
        kept.catalog = catalog;
        kept.loadedAtMs = startedAtMs;
        kept.loadedGeneration = generation;
      }
      return catalog;
    } finally {
      if (kept.loading === loading) kept.loading = undefined;
    }
  }

  /** The target's schema has changed or may have. */
  stale(target: UpstreamTarget): void {
    this.#of(target).generation += 1;
  }

  #of(target: UpstreamTarget): Kept {
    let kept = this.#kept.get(target);
    if (kept === undefined) {
      kept = { catalog: undefined, loadedAtMs: 0, loading: undefined, generation: 0, loadedGeneration: 0 };
      this.#kept.set(target, kept);
    }
    return kept;
  }
}

/** A sensitive column that is configured and not found may have been renamed: nothing is sure then. */
export function checkSensitive(target: UpstreamTarget, catalog: LoadedCatalog): void {
  if (catalog.problems.length === 0) return;
  throw new SallyportError(
    'undisclosable',
    `Sallyport: the sensitive columns of ${target.name} are not as configured: ${catalog.problems.join('; ')}`,
    { hint: 'Whoever keeps sallyport.yaml must bring "sensitive" in line with the database.' },
  );
}
