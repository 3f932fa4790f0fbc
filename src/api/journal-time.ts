/** As the journal writes it, so that texts compare as times do. */
export function journalTime(text: string): string {
  return new Date(text).toISOString();
}
