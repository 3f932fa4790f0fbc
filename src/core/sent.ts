/** What was answered to a request, as its client saw it. */
export interface KeptAnswer {
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Digest of what was hidden from whoever asked: where that has changed, it is not given again. */
  readonly plan: string;
}

/** A request that went upstream under a key that its client chose. */
export interface SentRecord {
  /** Digest of the client's key, with whose it is and on which target. */
  readonly key: string;
  /** Digest of the request; null where it streamed and was never known as a whole. */
  readonly request: string | null;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
  /** Null before it came, and where it was not kept. */
  readonly answer: KeptAnswer | null;
}

/** Which requests went out under keys of their clients, so that none of them does twice. */
export interface SentRecords {
  /** False: this key is taken, until its time is over. */
  add(record: Omit<SentRecord, 'answer'>): Promise<boolean>;
  get(key: string, nowMs: number): Promise<SentRecord | undefined>;
  answered(key: string, answer: KeptAnswer): Promise<void>;
  /** It did not go out after all. */
  remove(key: string): Promise<void>;
}
