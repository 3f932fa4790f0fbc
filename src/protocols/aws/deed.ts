/** One thing that a request does, in IAM's words. */
export interface Deed {
  /** Without the service: `GetObject`. */
  readonly action: string;
  /** An ARN, in which `*` stands for what nobody can tell. */
  readonly resource: string;
  /** Of another service than the request's. */
  readonly service?: string;
}

/** Where names without an account or a region are. */
export interface Location {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}
