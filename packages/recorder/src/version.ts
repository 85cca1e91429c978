/** Who wrote a draft: its name and version, as traces carry them. */
export const RECORDER: { readonly name: string; readonly version: string } = {
  name: '@stopbit/recorder',
  version: '0.0.0',
}
