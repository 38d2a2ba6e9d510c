import type pg from 'pg'

/** The same pool or connection, with `around` around every query that drizzle sends through it. */
export function interceptQueries<C extends pg.Pool | pg.PoolClient>(
  target: C,
  around: (run: () => Promise<unknown>) => Promise<unknown>,
): C {
  const query = (...asked: unknown[]) =>
    // drizzle passes no callback, so that an answer is always a promise
    around(() => Reflect.apply(target.query, target, asked) as Promise<unknown>)
  return new Proxy(target, {
    get: (of, name): unknown => (name === 'query' ? query : Reflect.get(of, name, of)),
  })
}
