/** What counts once: assertions of a login, signatures of a request. Kept in the store, so that a restart does not forget it. */
export interface OnceRecords {
  /** False: it was used before. After `expiresAtMs` it is forgotten; by then it must be refused for its age. */
  use(id: string, expiresAtMs: number, nowMs: number): Promise<boolean>;
}
