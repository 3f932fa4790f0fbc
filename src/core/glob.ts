/**
 * Whether all of `text` fits `glob`. `*` stands for any characters, dots included; everything else for itself.
 * Pieces between stars are sought from left to right, never again, so a hostile text costs no more than its length.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const pieces = glob.split('*');
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
