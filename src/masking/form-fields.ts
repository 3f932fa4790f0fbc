/** What a document in JSON becomes: the same object where nothing changes, null where nothing of it may be shown. */
export type ChangeDocument = (document: Buffer) => Buffer | null;

/**
 * A form (application/x-www-form-urlencoded) with each of its fields changed as the JSON document would be that has it
 * alone: the field `phone` stands at `/phone`. What does not change keeps its spelling.
 */
export function changedForm(form: Buffer, change: ChangeDocument): Buffer {
  const parts = form.toString('latin1').split('&');
  const changed = parts.map((part) => changedField(part, change));
  return changed.every((part, at) => part === parts[at]) ? form : Buffer.from(changed.join('&'), 'latin1');
}

function changedField(part: string, change: ChangeDocument): string {
  if (part === '') return part;
  const [[name = '', value = ''] = []] = new URLSearchParams(part);
  const document = Buffer.from(JSON.stringify({ [name]: value }));
  const changed = change(document);
  if (changed === document) return part;
  const [[newName, newValue] = [name, '']] = changed === null ? [] : Object.entries(objectOf(changed));
  return new URLSearchParams([[newName, String(newValue)]]).toString();
}

function objectOf(document: Buffer): object {
  const value: unknown = JSON.parse(document.toString());
  return typeof value === 'object' && value !== null ? value : {};
}
