/** An arrival of what the practice deleted and may still restore: it waits in quarantine until staff decide. */
export class DeletedArrival extends Error {
  override readonly name = 'DeletedArrival'
}
