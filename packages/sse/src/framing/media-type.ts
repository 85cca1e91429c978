/** The media type of a `Content-Type` value, without parameters and in lower case; empty if there is none. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
