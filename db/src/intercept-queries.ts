import type pg from 'pg'
import { nameStatement } from './name-statement.ts'

/** The same pool or connection, with `around` around every query that drizzle sends through it; prepares frequent ones. */
export function interceptQueries<C extends pg.Pool | pg.PoolClient>(
  target: C,
  around: (run: () => Promise<unknown>) => Promise<unknown>,
): C {
  const query = (asked: pg.QueryConfig, values: unknown[]) => {
    // without values it may be several statements, which cannot be prepared
    const name = values.length > 0 ? nameStatement(asked.text) : undefined
    return around(() => target.query(name === undefined ? asked : { ...asked, name }, values))
  }
  return new Proxy(target, {
    get: (of, name): unknown => (name === 'query' ? query : Reflect.get(of, name, of)),
  })
}
