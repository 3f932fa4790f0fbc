// Frameworks (Rack, Laravel, Symfony, Spring, method-override) take a parameter "_method" for the method of the request, in
// the query or in a form. Rules would be about another method than the upstream's.

/** Whether a query or a form (application/x-www-form-urlencoded) has such a parameter. */
export function asksOtherMethod(urlencoded: string): boolean {
  return urlencoded.split(/[&;]/).some((part) => isOverride(unescaped(part.split('=', 1)[0] ?? '')));
}

/** Whether a part of a form (multipart/form-data) is such a parameter; `text` in Latin-1. */
export function partAsksOtherMethod(text: string): boolean {
  return partName.test(text);
}

/** RFC 7578 §4.2, and RFC 8187's way to write a name. */
const partName = /name\*?\s*=\s*(?:[\w-]*'[\w-]*')?"?\s*(?:[_. [+]|%5f)method(?=["[;\s]|$)/i;
/** So many bytes before the end of a chunk can be the beginning of one. */
export const partNameBytesMax = 128;

/** PHP takes a dot, a space and a bracket for the `_`, and nothing for spaces before it. */
function isOverride(name: string): boolean {
  return /^(?:[_.[]|\s)method(?:\[|$)/i.test(name) || /^\s*_method(?:\[|\s*$)/i.test(name);
}

function unescaped(name: string): string {
  return name
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
