/** An object that a request for many deletions names. */
export interface DeletedKey {
  readonly key: string;
  /** One version of it is named. */
  readonly isVersion: boolean;
}

/** XML begins so, or without it: in another encoding the same bytes would be another text. */
export const declaration =
  /^\ufeff?(?:<\?xml\s+version=["']1\.0["'](?:\s+encoding=["']utf-8["'])?(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>)?\s*/i;

/** A tag, and the text behind it up to the next one. */
const tag = /<(\/?)([A-Za-z]+)(?:\s[^<>]*)?(\/?)>([^<]*)/gy;

const leaves: ReadonlySet<string> = new Set('Key VersionId ETag LastModifiedTime Size Quiet'.split(' '));

/**
 * Keys in the XML of DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html. Undefined where
 * it is anything else, of which nobody could tell what it deletes: comments, CDATA, entities of its own, two keys in one object.
 */
export function deletedKeys(xml: string): readonly DeletedKey[] | undefined {
  const found: { key: string; isVersion: boolean }[] = [];
  const open: string[] = [];
  let object: { key: string | undefined; isVersion: boolean } | undefined;
  let at = declaration.exec(xml)?.[0].length ?? 0;
  while (at < xml.length) {
    tag.lastIndex = at;
    const [whole, closes, name = '', isEmpty, text = ''] = tag.exec(xml) ?? [];
    if (whole === undefined || isEmpty === '/') return undefined;
    at += whole.length;
    const isOpening = closes === '';
    const isText = isOpening && leaves.has(name);
    if (!isText && text.trim() !== '') return undefined;
    if (isOpening) {
      if (!fits(open, name)) return undefined;
      open.push(name);
      if (name === 'Object') object = { key: undefined, isVersion: false };
      if (name === 'VersionId' && object !== undefined) object.isVersion = true;
      if (name !== 'Key' || object === undefined) continue;
      const key = unescaped(text);
      if (key === undefined || key === '' || object.key !== undefined) return undefined;
      object.key = key;
    } else {
      if (open.pop() !== name) return undefined;
      if (name !== 'Object') continue;
      if (object?.key === undefined) return undefined;
      found.push({ key: object.key, isVersion: object.isVersion });
      object = undefined;
    }
  }
  return open.length === 0 ? found : undefined;
}

function fits(open: readonly string[], name: string): boolean {
  const path = open.join('/');
  if (name === 'Delete') return path === '';
  if (name === 'Object' || name === 'Quiet') return path === 'Delete';
  return path === 'Delete/Object' && leaves.has(name);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined where it has an entity that XML does not have. */
function unescaped(text: string): string | undefined {
  let isKnown = true;
  const plain = text.replaceAll(/&([^;]{1,10});|&/g, (_, name: string | undefined) => {
    const [, hex, digits] = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(name ?? '') ?? [];
    const code = hex === undefined ? Number(digits ?? -1) : Number.parseInt(hex, 16);
    const found = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entities[name ?? ''];
    isKnown &&= found !== undefined;
    return found ?? '';
  });
  return isKnown ? plain : undefined;
}
