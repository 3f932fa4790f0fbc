import type { DetectorName } from '../../core/target.ts';

/** A text, and exactly what a detector must find in it. */
export interface Sample {
  readonly text: string;
  readonly finds: readonly string[];
  /** `missed`: there is one, known not to be found. `mistaken`: what is found is none. */
  readonly fault?: 'missed' | 'mistaken';
}

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
const jwe =
  'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3.XFBoMYUZodetZdvT';
const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n4qkd\n-----END RSA PRIVATE KEY-----';
const openssh = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----';
const pgp =
  '-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQOYBF\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** What detectors are measured by; docs/masking.md shows the figures. Numbers are published examples. */
export const corpus: Readonly<Record<DetectorName, readonly Sample[]>> = {
  email: [
    whole('bob@example.com'),
    whole('first.last+tag@mail.example.co.uk'),
    whole("o'brien@example.ie"),
    whole('jösé@exämple.de'),
    whole('bob@xn--exmple-cua.com'),
    within('mail bob@example.com.', 'bob@example.com'),
    within('<mailto:bob@example.com>', 'bob@example.com'),
    within('"bob@example.com","eve@example.org"', 'bob@example.com', 'eve@example.org'),
    within('a@b.co;c@d.co', 'a@b.co', 'c@d.co'),
    within('..bob@example.com', 'bob@example.com'),
    within('postgres://bob@db.internal/x', 'bob@db.internal'),
    nothing('@example.com'),
    nothing('bob@'),
    missed('bob@localhost'),
    nothing('a @ b.com'),
    nothing('user@10.0.0.1'),
    nothing('@Override public void x()'),
    nothing('npm i @types/node@26.1.0'),
    nothing('SELECT $1 <@ $2'),
    within("'bob@example.com'", 'bob@example.com'),
    missed('bob at example dot com'),
    missed('"john doe"@example.com'),
    mistaken('sprite@2x.png'),
  ],
  payment_card: [
    whole('4111111111111111'),
    whole('4111 1111 1111 1111'),
    whole('4111-1111-1111-1111'),
    whole('4111.1111.1111.1111'),
    whole('4111\u00a01111\u00a01111\u00a01111'),
    whole('5555555555554444'),
    whole('2223003122003222'),
    whole('378282246310005'),
    whole('3782 822463 10005'),
    whole('6011111111111117'),
    whole('3530111333300000'),
    whole('30569309025904'),
    whole('6200000000000005'),
    whole('4222222222222'),
    within('card: 4111111111111111, exp 01/30', '4111111111111111'),
    within('12 4111 1111 1111 1111 123', '4111 1111 1111 1111'),
    within('pan4111111111111111cvv', '4111111111111111'),
    within('4111111111111111 5555555555554444', '4111111111111111', '5555555555554444'),
    within(';4111111111111111=2512101', '4111111111111111'),
    nothing('4111111111111112'),
    nothing('1234567890123456'),
    nothing('0000000000000000'),
    nothing('9999999999999995'),
    nothing('411111111111111'),
    nothing('41111111111111111111111'),
    nothing('2024-01-01 10:00:00'),
    nothing('1718000000000'),
    nothing('550e8400-e29b-41d4-a716-446655440000'),
    nothing('+49 30 901820'),
    nothing('4111 1111 1111'),
    missed('4111  1111  1111  1111'),
    missed('4111/1111/1111/1111'),
    mistaken('4000000000000002'),
  ],
  iban: [
    whole('DE89370400440532013000'),
    whole('DE89 3704 0044 0532 0130 00'),
    whole('GB82 WEST 1234 5698 7654 32'),
    whole('FR14 2004 1010 0505 0001 3M02 606'),
    whole('NO93 8601 1117 947'),
    whole('MT84MALT011000012345MTLCAST001S'),
    whole('de89370400440532013000'),
    within('IBAN:DE89370400440532013000;', 'DE89370400440532013000'),
    within('to CH93 0076 2011 6238 5295 7 please', 'CH93 0076 2011 6238 5295 7'),
    nothing('DE89370400440532013001'),
    nothing('DE8937040044053201300'),
    nothing('DE893704004405320130000'),
    nothing('ZZ89370400440532013000'),
    nothing('XDE89370400440532013000'),
    nothing('ab12cd34-0000-4000-8000-0123456789ab'),
    nothing('AB12'),
    nothing('order NO93 was shipped'),
    missed('DE89  3704  0044  0532  0130  00'),
  ],
  us_ssn: [
    whole('123-45-6789'),
    whole('078-05-1120'),
    whole('123 45 6789'),
    within('SSN: 123-45-6789.', '123-45-6789'),
    within('ssn=123456789', '123456789'),
    within('social security number 123456789', '123456789'),
    nothing('000-12-3456'),
    nothing('666-12-3456'),
    nothing('900-12-3456'),
    nothing('123-00-4567'),
    nothing('123-45-0000'),
    missed('123456789'),
    missed('123.45.6789'),
    mistaken('123-45-6788'),
    nothing('123-45-67890'),
    nothing('1123-45-6789'),
    nothing('2024-12-31'),
    nothing('123-45 6789'),
    nothing('12-123-45-6789'),
    nothing('123-45-6789-1'),
  ],
  phone: [
    whole('+49 30 901820'),
    whole('+4930901820'),
    whole('+1 415 555 2671'),
    whole('+14155552671'),
    whole('+1 (415) 555-2671'),
    whole('+44 20 7946 0958'),
    whole('+44 (0)20 7946 0958'),
    whole('+33 1 42 68 53 00'),
    whole('+81-3-1234-5678'),
    whole('(415) 555-2671'),
    whole('415-555-2671'),
    whole('415.555.2671'),
    whole('1-415-555-2671'),
    within('call +49 30 901820 or so', '+49 30 901820'),
    within('tel:+14155552671;ext=1', '+14155552671'),
    within('+49 30 901820, +1 415 555 2671', '+49 30 901820', '+1 415 555 2671'),
    missed('4155552671'),
    missed('030 901820'),
    missed('0049 30 901820'),
    mistaken('200-100-1000'),
    nothing('+1'),
    nothing('a+4930901820'),
    nothing('1+12345678'),
    nothing('2024-01-01 10:00:00'),
    nothing('192.168.100.1000'),
    nothing('10.20.30.40'),
    nothing('415-555.2671'),
    nothing('115-555-2671'),
    nothing('+999 123 456 789'),
    nothing('1234567890123'),
    nothing('2024-05-17T10:00:00+02:00'),
    nothing('415-555-2671-99'),
  ],
  private_key: [
    whole(pem),
    whole(openssh),
    whole(pgp),
    whole('-----BEGIN PRIVATE KEY-----MIIE-----END PRIVATE KEY-----'),
    whole('-----BEGIN ENCRYPTED PRIVATE KEY-----\r\nMIIE\r\n-----END ENCRYPTED PRIVATE KEY-----'),
    whole('-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----'),
    whole('-----BEGIN PRIVATE KEY-----\nMIIEcutshort'),
    within(`a: ${pem}\nb`, pem),
    within(`${pem}\n;\n${openssh}`, pem, openssh),
    within(`"${pem}"`, pem),
    nothing('-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----'),
    nothing('-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----'),
    missed('PuTTY-User-Key-File-3: ssh-ed25519'),
    nothing('BEGIN PRIVATE KEY'),
    nothing('-----BEGIN '),
    nothing('--- a table ---'),
  ],
  aws_key: [
    whole('AKIAIOSFODNN7EXAMPLE'),
    whole('ASIAIOSFODNN7EXAMPLE'),
    within('id=AKIAIOSFODNN7EXAMPLE&x', 'AKIAIOSFODNN7EXAMPLE'),
    within(`AKIAIOSFODNN7EXAMPLE ${secret}`, 'AKIAIOSFODNN7EXAMPLE', secret),
    within(`aws_secret_access_key = ${secret}`, secret),
    within(`{"SecretAccessKey":"${secret}"}`, secret),
    nothing('AKIAIOSFODNN7EXAMPL'),
    nothing('AKIAIOSFODNN7EXAMPLEX'),
    nothing('XAKIAIOSFODNN7EXAMPLE'),
    nothing('akiaiosfodnn7example'),
    missed(secret),
    nothing('secret 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'),
    nothing('the secret of aws'),
  ],
  jwt: [
    whole(jwt),
    whole(jwe),
    whole('eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'),
    within(`Bearer ${jwt}`, jwt),
    within(`token="${jwt}"`, jwt),
    within(`${jwt} ${jwt}`, jwt, jwt),
    nothing('eyJhbGciOiJIUzI1NiJ9'),
    nothing('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0'),
    missed('{"payload":"eyJzdWIiOiIxIn0","protected":"eyJhbGciOiJIUzI1NiJ9","signature":"c2ln"}'),
    nothing('eyJ.x.y'),
    nothing('hey.John.Doe'),
    nothing('eyJ4IjoxfQ.abc.def'),
    nothing('com.example.eyJson.parser'),
  ],
};

/** Nothing but the thing itself. */
function whole(text: string): Sample {
  return { text, finds: [text] };
}

function within(text: string, ...finds: string[]): Sample {
  return { text, finds };
}

function nothing(text: string): Sample {
  return { text, finds: [] };
}

function missed(text: string): Sample {
  return { text, finds: [], fault: 'missed' };
}

function mistaken(text: string): Sample {
  return { text, finds: [text], fault: 'mistaken' };
}
