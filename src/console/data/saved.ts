/** Offers a text as a file to be saved, from within the page. */
export async function save(name: string, type: string, parts: AsyncIterable<string>): Promise<void> {
  const texts: string[] = [];
  for await (const part of parts) texts.push(part);
  const url = URL.createObjectURL(new Blob(texts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
