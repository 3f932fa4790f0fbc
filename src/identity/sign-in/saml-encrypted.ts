import { SallyportError } from '../../core/errors.ts';
import { signInRefused } from './fault.ts';
import { checkText } from './saml-text.ts';

const sealed: ReadonlySet<string> = new Set([
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
]);
const unsealed: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
]);
/** PKCS #1 v1.5 tells a patient asker what is inside (Bleichenbacher), so it is not among them. */
const ofKeys = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';

const encryptedAssertion = /<(?:[\w.-]+:)?EncryptedAssertion\b/;
const method = /<(?:[\w.-]+:)?EncryptionMethod\b[^<>]*?\sAlgorithm\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const anyMethod = /<(?:[\w.-]+:)?EncryptionMethod\b/g;

/** `isSealed`: the library checks a signature over the whole answer before it decrypts anything. */
export interface Reading {
  readonly key: string | undefined;
  readonly isSealed: boolean;
}

/**
 * That an encrypted assertion, if there is one, can be read without telling anybody anything by how that fails. CBC says
 * by its padding what was inside, so it is taken only where the signature of the answer is checked before; without that,
 * GCM alone, and what comes out is looked at as the answer itself was, for anybody can encrypt.
 * @throws SallyportError `unauthenticated`
 */
export async function mustBeReadable(text: string, { key, isSealed }: Reading): Promise<void> {
  if (!encryptedAssertion.test(text)) return;
  if (key === undefined)
    throw signInRefused('the answer of the provider is encrypted, and login.saml.decryption_key is not set');
  const methods = [...text.matchAll(method)].map(([, one, other]) => one ?? other ?? '');
  const taken = (one: string): boolean =>
    one === ofKeys || sealed.has(one) || (isSealed && unsealed.has(one));
  if (
    methods.length === 0 ||
    methods.length !== [...text.matchAll(anyMethod)].length ||
    !methods.every(taken)
  )
    throw signInRefused('the answer of the provider is encrypted in a way that is not taken here');
  if (!isSealed) checkText(await decrypted(text, key));
}

/** As the library will read it. @throws SallyportError `unauthenticated` */
async function decrypted(text: string, key: string): Promise<string> {
  try {
    const { decryptXml, parseDomFromString, xpath } = await import('@node-saml/node-saml/lib/xml.js');
    const path = "/*[local-name()='Response']/*[local-name()='EncryptedAssertion']";
    const [found, ...others] = xpath.selectElements(await parseDomFromString(text), path);
    if (found === undefined || others.length > 0)
      throw signInRefused('the answer of the provider has not one assertion');
    return await decryptXml(found.toString(), key);
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw signInRefused('the answer of the provider does not hold', error);
  }
}
