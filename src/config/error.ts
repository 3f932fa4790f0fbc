/** What is wrong with a configuration, and where. Never holds a value of a credential. */
export interface ConfigError {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it, in a sentence. */
  readonly hint?: string;
}

/** `sallyport.yaml:12:5: unknown key "recources" (did you mean "resources"?)` */
export function formatConfigError({ file, line, column, message, hint }: ConfigError): string {
  return `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** A configuration that was refused; all of its errors, in the order of the file. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';
  readonly errors: readonly ConfigError[];
  /** SHA-256 of the text, in hex; empty where it could not be read. */
  readonly digest: string;

  constructor(errors: readonly ConfigError[], digest: string) {
    super(errors.map(formatConfigError).join('\n'));
    this.errors = errors;
    this.digest = digest;
  }

  /** Whether there was no text to look at. */
  get unreadable(): boolean {
    return this.digest === '';
  }
}
