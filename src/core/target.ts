import type { MaskName } from './mask.ts';

/** A literal, or text with references such as `${env:NAME}` that are resolved when a lease is made. */
export type Secret = string;

/** libpq's `sslmode`. */
export type UpstreamTlsMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface PostgresAddress {
  /** A host name, an address, or the folder of a unix socket (begins with `/`). */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: UpstreamTlsMode;
  /** PEM file of the authorities to trust instead of the system's. */
  readonly caFile?: string;
}

export type PostgresCredentialSpec =
  | { readonly kind: 'static'; readonly user: Secret; readonly password?: Secret }
  | { readonly kind: 'mint'; readonly admin: Secret; readonly memberOf: readonly string[] };

/** What rules look at, whatever the protocol. */
interface Place {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What must not leave in clear: resource (`public.users.email`) → mask. */
  readonly sensitive: ReadonlyMap<string, MaskName>;
  /** The second net: detectors over every value that leaves. */
  readonly detect: readonly Detection[];
}

export interface PostgresTarget extends Place {
  readonly protocol: 'postgres';
  readonly address: PostgresAddress;
  readonly credential: PostgresCredentialSpec;
}

export interface HttpAddress {
  /** Scheme, host, port and the path that all requests begin with, without a `/` at its end. */
  readonly url: string;
  /** PEM file of the authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** PEM files of the certificate, with those above it, and the key by which the gateway says who it is. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
  /** Ranges (`10.0.0.0/8`) that its name may resolve to, beside public addresses. */
  readonly networks: readonly string[];
  /** It speaks HTTP/2 without being asked in a TLS handshake (RFC 9113 §3.3). */
  readonly http2?: boolean;
  /** What becomes of an answer that nothing can look into. */
  readonly uninspected: 'refuse' | 'pass';
}

/** A GraphQL API of a target's. */
export interface GraphqlAddress {
  /** Where it is asked, in the gateway's spelling. */
  readonly path: string;
  /** In SDL. */
  readonly schema?: string;
}

/** What is added to every request; each value is a secret. */
export interface HttpCredentialSpec {
  readonly kind: 'http';
  readonly headers: Readonly<Record<string, Secret>>;
  readonly query: Readonly<Record<string, Secret>>;
  /** RFC 7617 */
  readonly basic?: { readonly user: Secret; readonly password: Secret };
  readonly oauth?: OAuthClientSpec;
}

/** A client of OAuth for itself (RFC 6749 §4.4). */
export interface OAuthClientSpec {
  readonly tokenUrl: string;
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  readonly scope?: string;
  readonly audience?: string;
  /** How it says who it is: in the header, or in the body (RFC 6749 §2.3.1). */
  readonly clientAuth: 'basic' | 'post';
}

export interface HttpTarget extends Place {
  readonly protocol: 'http';
  readonly address: HttpAddress;
  readonly credential: HttpCredentialSpec;
  readonly graphql?: GraphqlAddress;
  /** Resource → what its values are (`customer_phone`): one label has the same tokens and hashes wherever it stands. */
  readonly valueLabels: ReadonlyMap<string, string>;
}

/** A server that the gateway starts, and speaks to over its standard input and output. */
export interface McpProcess {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** No secrets: these are in the credential. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly folder: string;
}

/** When a tool may be called: once it stood in the first list that was seen of its target, or once a person has said so. */
export const toolAcceptances = ['first-list', 'by-hand'] as const;
export type ToolAcceptance = (typeof toolAcceptances)[number];

/** An MCP server. */
export interface McpTarget extends Place {
  readonly protocol: 'mcp';
  /** Of its endpoint, or of the program. */
  readonly address: (HttpAddress & { readonly kind: 'http' }) | (McpProcess & { readonly kind: 'process' });
  readonly credential: HttpCredentialSpec & {
    /** Added to the environment of a program. */
    readonly environment: Readonly<Record<string, Secret>>;
  };
  readonly accept: ToolAcceptance;
  /** What becomes of images, sounds and other bytes, which nothing can look into. */
  readonly uninspected: 'refuse' | 'pass';
  /** As an HTTP target's. */
  readonly valueLabels: ReadonlyMap<string, string>;
}

export interface AwsAddress {
  /** Regions that requests may be signed for; services without regions are in them all. */
  readonly regions: readonly string[];
  /** Twelve digits: whose resources names without an account stand for. */
  readonly account: string;
  /** One server in place of all endpoints of AWS. */
  readonly endpoint?: string;
  /** PEM file of the authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** Ranges (`10.0.0.0/8`) that names may resolve to, beside public addresses. */
  readonly networks: readonly string[];
  /** What becomes of an answer that nothing can look into. */
  readonly uninspected: 'refuse' | 'pass';
}

/** Keys of AWS; each part is a secret. */
export interface AwsKeySpec {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

export type AwsCredentialSpec =
  | { readonly kind: 'static'; readonly keys: AwsKeySpec }
  | {
      readonly kind: 'assume_role';
      readonly role: string;
      readonly from: AwsKeySpec;
      readonly externalId?: Secret;
    };

export interface AwsTarget extends Place {
  readonly protocol: 'aws';
  readonly address: AwsAddress;
  readonly credential: AwsCredentialSpec;
}

/** The gateway itself is a target too: read = every session and the record, write = kill and revoke. */
export interface GatewayTarget extends Place {
  readonly protocol: 'sallyport';
}

/** What a session can be on. */
export type UpstreamTarget = PostgresTarget | HttpTarget | McpTarget | AwsTarget;
/** A named thing to reach. */
export type Target = UpstreamTarget | GatewayTarget;

export const detectorNames = [
  'email',
  'payment_card',
  'iban',
  'us_ssn',
  'phone',
  'private_key',
  'aws_key',
  'jwt',
] as const;
export type DetectorName = (typeof detectorNames)[number];

/** A detector of one's own. */
export interface OwnPattern {
  /** None of `detectorNames`. */
  readonly name: string;
  /** In RE2's syntax; one that `compilePattern` takes. */
  readonly pattern: string;
}

export interface Detection {
  readonly find: readonly (DetectorName | OwnPattern)[];
  readonly mask: MaskName;
}

export const gatewayTargetName = 'sallyport';
export const gatewayTarget: GatewayTarget = {
  protocol: 'sallyport',
  name: gatewayTargetName,
  labels: {},
  sensitive: new Map(),
  detect: [],
};
