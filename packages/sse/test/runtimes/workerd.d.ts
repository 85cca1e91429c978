/** The package has no types. */
declare module 'workerd' {
  /** Path of the program for this machine. */
  const binary: string
  export default binary
}
