import type { Parameter } from '../../core/command.ts';
import type { FieldDescription } from '../../wire/postgres/backend.ts';
import type { FormatCode } from '../../wire/postgres/message.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import type { Running } from './running.ts';
import type { Rewritten } from './tokens-in.ts';

/** What a name of a prepared statement stands for. */
export interface Statement {
  readonly analysis: Analysis;
  /** Of its parameters, as Parse states them. */
  readonly types?: readonly number[];
  readonly mayHaveTokens?: boolean;
  /** What the server got in its place, where tokens stood in its text. */
  readonly rewritten?: Rewritten;
}

/** What a Bind has made. */
export interface Portal {
  /** Every statement that the bound name may have stood for. */
  readonly statements: readonly Statement[];
  readonly parameters: readonly Parameter[];
  /** The name of the statement, as Bind has it. */
  readonly boundTo: string;
  /** As in Bind: none = all text, one = for all columns, else one a column. */
  readonly resultFormats: readonly FormatCode[];
  /** The server runs another text than the client sent. */
  rewritten: boolean;
  /** A Describe of this portal is on its way or answered, so that its rows' shape will be known before they come. */
  described: boolean;
  shape: readonly FieldDescription[] | undefined;
  /** The command, where its Bind already ran some of it: the next Execute goes on under the same permit. */
  begun: Running | undefined;
  /** The command that ran it last. */
  running: Running | undefined;
  /** The command whose rows the server has more of: the next Execute fetches on and is no new command. */
  suspended: Running | undefined;
}
