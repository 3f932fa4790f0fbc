/** What of a database can be read from, as its server tells it. */
export interface Relation {
  /** As rules name it: `public.users`. */
  readonly resource: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  /** As `sensitive` names it: `public.users.email`. */
  readonly resource: string;
  /** `numeric(10,2)` */
  readonly type: string;
}
