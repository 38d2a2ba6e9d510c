/**
 * Whether, by the index alone, an original lies in the archive of the object store, so that only a recall makes it
 * readable; where the store reads what is cold at once, it does not. The same in words of SQL that
 * `instances_archived` is an index for.
 *
 * @param table name of `instances` in the statement, with its dot
 */
export function archivedCondition(table: 'i.' | '"instances".'): string {
  return `(${table}storage_tier = 'cold' AND NOT ${table}held_by_archive AND coalesce(${table}recalled_until < now(), true))`
}
