import { runLoad, type Load } from './load-client.ts'

/** The load client in a process of its own: its processor time is not the benchmark's, and none of the servers'. */
process.on('message', (load: Load) => {
  runLoad(load).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? error.message : 'failed' }),
  )
})
process.on('disconnect', () => process.exit(0))
