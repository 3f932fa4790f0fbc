import { createHmac } from 'node:crypto';

/** The keys of one label. A label is one column of one target (`orders` + `public.users.email`), or one detector. */
export interface LabelKeys {
  /** Stands in tokens, so that the gateway finds the label again: 8 hex digits, no secret. */
  readonly id: string;
  readonly hash: Buffer;
  /** Authenticates a token and is its synthetic IV. */
  readonly tokenMac: Buffer;
  readonly tokenCipher: Buffer;
}

const deploymentKeyBytesMin = 32;

/**
 * All mask keys of one target, derived from the deployment's one key. Replicas that share the key give the same
 * hashes and tokens. Another target, column or deployment gives others, so that nothing can be told by comparing.
 */
export class MaskKeys {
  readonly #deploymentKey: Uint8Array;
  readonly #target: string;
  readonly #labels = new Map<string, LabelKeys>();

  /** @throws RangeError where the key is shorter than 32 bytes */
  constructor(deploymentKey: Uint8Array, target: string) {
    if (deploymentKey.length < deploymentKeyBytesMin)
      throw new RangeError('the mask key is shorter than 32 bytes');
    this.#deploymentKey = deploymentKey;
    this.#target = target;
  }

  /** `label` comes from the configuration alone, so what is kept is bounded by it. */
  of(label: string): LabelKeys {
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    const keys = {
      id: this.#derive('token-id', label).toString('hex', 0, 4),
      hash: this.#derive('hash', label),
      tokenMac: this.#derive('token-mac', label),
      tokenCipher: this.#derive('token-cipher', label),
    };
    this.#labels.set(label, keys);
    return keys;
  }

  #derive(purpose: string, label: string): Buffer {
    // JSON keeps the parts apart whatever they contain.
    const info = JSON.stringify(['sallyport mask key 1', purpose, this.#target, label]);
    return createHmac('sha256', this.#deploymentKey).update(info).digest();
  }
}
