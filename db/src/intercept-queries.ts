import type pg from 'pg'
import { statementName } from './statement-name.ts'
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

/** Drizzle asks by an object with the statement's text; what begins and ends transactions comes as text alone. */
function prepared(asked: unknown): unknown {
  if (typeof asked !== 'object' || asked === null || !('text' in asked) || typeof asked.text !== 'string') return asked
  return { ...asked, name: statementName(asked.text) }
}
