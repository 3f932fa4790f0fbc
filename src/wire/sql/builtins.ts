/**
 * Built-ins that are volatile by the catalog and yet neither change, nor reveal, nor delay anything that matters:
 * random values, clocks, sizes, and facts about one's own session and transaction.
 */
export const stateless: ReadonlySet<string> = names(`
  random random_normal array_sample array_shuffle current_query setseed gen_random_uuid uuidv4 uuidv7
  clock_timestamp timeofday currval lastval pg_sequence_last_value txid_current txid_current_if_assigned
  txid_status pg_current_xact_id pg_current_xact_id_if_assigned pg_xact_status pg_relation_size
  pg_table_size pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size
  pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_blocking_pids
  pg_safe_snapshot_blocking_pids pg_current_wal_lsn pg_current_wal_insert_lsn pg_current_wal_flush_lsn
  pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_notification_queue_usage
  pg_stat_clear_snapshot pg_collation_actual_version bernoulli system pg_partition_tree
  pg_partition_ancestors pg_stat_have_stats pg_get_wait_events pg_xact_commit_timestamp
  pg_isolation_test_session_is_blocked pg_input_is_valid pg_database_collation_actual_version
  suppress_redundant_updates_trigger xmlvalidate amvalidate pg_get_sequence_data pg_lock_status
  pg_last_committed_xact pg_xact_commit_timestamp_origin pg_control_system pg_control_checkpoint
  pg_control_recovery pg_control_init pg_get_wal_replay_pause_state pg_get_wal_resource_managers
  pg_stat_get_io pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_recovery_prefetch
  pg_stat_get_xact_numscans pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_fetched
  pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_updated pg_stat_get_xact_tuples_deleted
  pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_newpage_updated
  pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls
  pg_stat_get_xact_function_total_time pg_stat_get_xact_function_self_time
`);

/** Harmless built-ins, for texts that are judged without a server's catalog; not complete, and need not be. */
export const wellKnown: ReadonlySet<string> = names(`
  count sum avg min max bool_and bool_or every any_value bit_and bit_or bit_xor stddev stddev_pop stddev_samp
  variance var_pop var_samp corr covar_pop covar_samp regr_slope regr_intercept regr_r2 regr_count
  percentile_cont percentile_disc mode array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  lower upper initcap length char_length character_length octet_length bit_length btrim ltrim rtrim lpad rpad
  left right substr substring position strpos overlay replace translate reverse repeat concat concat_ws format
  split_part string_to_array string_to_table array_to_string starts_with ascii chr to_hex md5 sha224 sha256 sha384
  sha512 encode decode convert convert_from convert_to quote_ident quote_literal quote_nullable normalize
  is_normalized unistr like_escape similar_to_escape regexp_replace regexp_match regexp_matches regexp_count
  regexp_instr regexp_like regexp_substr regexp_split_to_array regexp_split_to_table parse_ident
  abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power pow mod div gcd lcm factorial pi degrees
  radians sin cos tan asin acos atan atan2 width_bucket scale min_scale trim_scale
  now transaction_timestamp statement_timestamp date_trunc date_part date_bin extract age make_date make_time
  make_timestamp make_timestamptz make_interval to_char to_date to_timestamp to_number timezone overlaps isfinite
  justify_days justify_hours justify_interval date_add date_subtract
  to_json to_jsonb row_to_json array_to_json json_build_object json_build_array jsonb_build_object
  jsonb_build_array json_object jsonb_object json_array_length jsonb_array_length json_array_elements
  jsonb_array_elements json_array_elements_text jsonb_array_elements_text json_each jsonb_each json_each_text
  jsonb_each_text json_object_keys jsonb_object_keys json_extract_path jsonb_extract_path json_extract_path_text
  jsonb_extract_path_text json_typeof jsonb_typeof jsonb_set jsonb_insert jsonb_strip_nulls json_strip_nulls
  jsonb_pretty jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_path_exists jsonb_path_match
  json_populate_record jsonb_populate_record json_populate_recordset jsonb_populate_recordset json_to_record
  jsonb_to_record json_to_recordset jsonb_to_recordset
  unnest generate_series generate_subscripts array_length array_ndims array_dims array_lower array_upper
  cardinality array_append array_prepend array_cat array_remove array_replace array_position array_positions
  array_fill trim_array
  to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline
  setweight numnode querytree get_bit set_bit get_byte set_byte bit_count
  version current_database current_schema current_schemas current_setting pg_backend_pid pg_typeof
  pg_column_size pg_size_pretty pg_get_viewdef pg_get_expr pg_get_constraintdef pg_get_indexdef
  pg_get_functiondef pg_get_function_arguments pg_get_function_result pg_get_function_identity_arguments
  pg_get_serial_sequence pg_get_userbyid pg_get_triggerdef pg_get_ruledef pg_table_is_visible
  pg_type_is_visible pg_function_is_visible pg_encoding_to_char pg_postmaster_start_time pg_conf_load_time
  format_type obj_description col_description shobj_description to_regclass to_regtype has_table_privilege
  has_schema_privilege has_database_privilege has_column_privilege has_any_column_privilege
  has_function_privilege has_sequence_privilege pg_has_role inet_client_addr inet_server_addr host network
  family masklen lower_inc upper_inc isempty int4range int8range numrange daterange tsrange tstzrange
  xmlagg xmlexists xpath xmlcomment num_nulls num_nonnulls pg_collation_for
`);

function names(list: string): Set<string> {
  return new Set(list.trim().split(/\s+/));
}
