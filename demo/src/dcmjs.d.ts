/** dcmjs has no types of its own; this is the part that the tests use as a second, independent reader. */
declare module 'dcmjs' {
  const dcmjs: {
    data: {
      DicomMessage: {
        readFile(bytes: ArrayBuffer): { dict: Record<string, { Value?: unknown[] } | undefined> }
      }
    }
  }
  export default dcmjs
}
