import type { NormalForm } from '../../wire/sql/normal-form.ts';
import { AnalysisCache } from './analysis-cache.ts';

/** `own`: texts of this form must each be asked about. */
type Entry<T> = { readonly known: T } | 'own';

/** What is known of texts, of each by itself or of all of one normal form; in one cache, with one bound. */
export class KnownTexts<T> {
  readonly #cache = new AnalysisCache<Entry<T>>();

  get(text: string): T | undefined {
    return knownBy(this.#cache.get(text));
  }

  /** What holds for every text of this form. */
  ofForm(form: NormalForm): T | undefined {
    return knownBy(this.#cache.get(keyOf(form)));
  }

  /** Whether something may be found that holds for every text of this form. */
  mayShare(form: NormalForm): boolean {
    return this.#cache.get(keyOf(form)) !== 'own';
  }

  set(text: string, known: T): void {
    this.#cache.set(text, { known });
  }

  /** Undefined: what is known of one text of this form says nothing of the others. */
  setForm(form: NormalForm, known: T | undefined): void {
    this.#cache.set(keyOf(form), known === undefined ? 'own' : { known });
  }
}

/** A normal form is a text itself, of which something else may be known; no text has a NUL in it. */
function keyOf(form: NormalForm): string {
  return `\0${form.text}`;
}

function knownBy<T>(entry: Entry<T> | undefined): T | undefined {
  return entry === undefined || entry === 'own' ? undefined : entry.known;
}
