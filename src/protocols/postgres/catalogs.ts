import { SallyportError } from '../../core/errors.ts';
import type { PostgresTarget } from '../../core/target.ts';
import { loadCatalog } from './catalog.ts';
import type { LoadedCatalog, Run } from './catalog.ts';
import { versionQuery } from './lineage-queries.ts';

/**
 * All is read anew after this time. Within it a change past the gateway of what the version does not tell (casts,
 * domains, policies), or of a target with nothing sensitive, may go unnoticed (SECURITY.md).
 */
const readMs = 30_000;
/** A target with something sensitive is asked for its version this often while commands come … */
const dueMs = 1_000;
/** … and no command goes by what was not confirmed for this long. */
const confirmedMs = 2_000;
/** A version that takes long to tell is asked for less often: at most this part of the time. */
const versionShare = 0.05;

interface Kept {
  catalog: LoadedCatalog | undefined;
  loadedAtMs: number;
  /** When the server was asked for what it last confirmed. */
  confirmedAtMs: number;
  /** How long it took to tell its version. */
  versionMs: number;
  confirming: Promise<LoadedCatalog> | undefined;
  loading: { readonly generation: number; readonly catalog: Promise<LoadedCatalog> } | undefined;
  /** Raised by schema changes seen in passing; what was loaded under an older number is stale. */
  generation: number;
  loadedGeneration: number;
}

/** What names mean on each target, shared by its sessions. */
export class Catalogs {
  readonly #kept = new WeakMap<PostgresTarget, Kept>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The catalog, if what is known is still good; else undefined: call `load`. */
  fresh(target: PostgresTarget): LoadedCatalog | undefined {
    const kept = this.#of(target);
    const good = this.#isCurrent(kept) && this.#now() - kept.confirmedAtMs < confirmedMs + slack(kept);
    // With problems nobody is served, so every command looks whether they have been put right.
    return good && kept.catalog?.problems.length === 0 ? kept.catalog : undefined;
  }

  /** Whether it is time to `confirm`, though what is known is still good. */
  due(target: PostgresTarget): boolean {
    const kept = this.#of(target);
    return kept.confirming === undefined && this.#now() - kept.confirmedAtMs >= dueMs + slack(kept);
  }

  /** Asks whether what is known is still true, once for all who ask meanwhile, and reads it anew where it is not. */
  confirm(target: PostgresTarget, run: Run): Promise<LoadedCatalog> {
    const kept = this.#of(target);
    const { catalog } = kept;
    if (
      catalog?.version === undefined ||
      catalog.incomplete ||
      catalog.problems.length > 0 ||
      !this.#isCurrent(kept)
    ) {
      return this.load(target, run);
    }
    if (kept.confirming !== undefined) return this.#join(kept.confirming, target, run);
    kept.confirming = this.#confirm(target, kept, catalog, run).finally(() => (kept.confirming = undefined));
    return kept.confirming;
  }

  /**
   * What somebody else is being told. That one's connection ends with its session: then this one asks by itself,
   * so that nobody fails because another has left.
   */
  #join(others: Promise<LoadedCatalog>, target: PostgresTarget, run: Run): Promise<LoadedCatalog> {
    return others.catch(() => this.#read(target, run));
  }

  async #confirm(
    target: PostgresTarget,
    kept: Kept,
    catalog: LoadedCatalog,
    run: Run,
  ): Promise<LoadedCatalog> {
    const startedAtMs = this.#now();
    const [[version] = []] = await run(versionQuery);
    kept.versionMs = this.#now() - startedAtMs;
    if (version !== catalog.version || kept.catalog !== catalog) return this.load(target, run);
    kept.confirmedAtMs = Math.max(kept.confirmedAtMs, startedAtMs);
    return catalog;
  }

  #isCurrent({ generation, loadedGeneration, loadedAtMs, catalog }: Kept): boolean {
    return generation === loadedGeneration && catalog !== undefined && this.#now() - loadedAtMs < readMs;
  }

  /** Reads it anew, once for all who ask meanwhile. */
  load(target: PostgresTarget, run: Run): Promise<LoadedCatalog> {
    const { generation, loading } = this.#of(target);
    if (loading?.generation === generation) return this.#join(loading.catalog, target, run);
    return this.#read(target, run);
  }

  async #read(target: PostgresTarget, run: Run): Promise<LoadedCatalog> {
    const kept = this.#of(target);
    const { generation } = kept;
    const startedAtMs = this.#now();
    const loading = { generation, catalog: loadCatalog(run, target.sensitive, kept.catalog) };
    kept.loading = loading;
    try {
      const catalog = await loading.catalog;
      // Whoever began to read after a later change knows more.
      if (generation >= kept.loadedGeneration) {
        kept.catalog = catalog;
        kept.loadedAtMs = startedAtMs;
        kept.confirmedAtMs = startedAtMs;
        kept.loadedGeneration = generation;
      }
      return catalog;
    } finally {
      if (kept.loading === loading) kept.loading = undefined;
    }
  }

  /** The target's schema has changed or may have. */
  stale(target: PostgresTarget): void {
    this.#of(target).generation += 1;
  }

  #of(target: PostgresTarget): Kept {
    let kept = this.#kept.get(target);
    if (kept === undefined) {
      kept = {
        catalog: undefined,
        loadedAtMs: 0,
        confirmedAtMs: 0,
        versionMs: 0,
        confirming: undefined,
        loading: undefined,
        generation: 0,
        loadedGeneration: 0,
      };
      this.#kept.set(target, kept);
    }
    return kept;
  }
}

/** Where nothing is sensitive nobody confirms: what was read is good until it is read anew. */
function slack({ catalog, versionMs }: Kept): number {
  return catalog?.version === undefined ? readMs : versionMs / versionShare;
}

/** A sensitive column that is configured and not found may have been renamed: nothing is sure then. */
export function checkSensitive(target: PostgresTarget, catalog: LoadedCatalog): void {
  if (catalog.problems.length === 0) return;
  throw new SallyportError(
    'undisclosable',
    `Sallyport: the sensitive columns of ${target.name} are not as configured: ${catalog.problems.join('; ')}`,
    { hint: 'Whoever keeps sallyport.yaml must bring "sensitive" in line with the database.' },
  );
}
