import { SallyportError } from '../../core/errors.ts';
import type { AwsTarget } from '../../core/target.ts';
import type { Scope } from '../../wire/aws/sigv4.ts';
import type { ProtocolParts } from '../protocol.ts';
import { serviceNamed } from './catalog.ts';

/**
 * The one target of AWS that a ticket is narrowed to: nothing else in a request of AWS can name it.
 * @throws SallyportError
 */
export async function targetOf(
  { verifier, targets }: Pick<ProtocolParts, 'verifier' | 'targets'>,
  ticket: string,
): Promise<string> {
  const { within } = await verifier.verify(ticket);
  const found = (within?.targets ?? []).filter((name) => targets().get(name)?.protocol === 'aws');
  const [name, another] = found;
  if (name !== undefined && another === undefined) return name;
  throw new SallyportError('unknown_target', 'Sallyport: the ticket does not name one target of AWS', {
    hint: 'Make keys for one: sallyport aws-credentials --target NAME.',
  });
}

/** @throws SallyportError `denied` for a region that is none of the target's */
export function mustBeInRegion(
  { name, address }: AwsTarget,
  { region, service }: Pick<Scope, 'region' | 'service'>,
): void {
  if (address.regions.includes(region)) return;
  if (serviceNamed(service)?.isGlobal === true && region === 'us-east-1') return;
  throw new SallyportError('denied', `Sallyport: ${name} is not for ${region}`, {
    hint: `It is for ${address.regions.join(', ')}. Set AWS_REGION.`,
  });
}
