import type { FaultStep } from './step.ts'

/** Steps of an HTTP/2 upstream; those of a stream speak of that of the current request. */
export type H2Step = H2RstStreamStep | H2GoawayStep | H2PingFloodStep | H2WindowZeroStep | H2RawStep

/** Error codes of RFC 9113, section 7. */
export type H2ErrorCode =
  | 'NO_ERROR'
  | 'PROTOCOL_ERROR'
  | 'INTERNAL_ERROR'
  | 'FLOW_CONTROL_ERROR'
  | 'REFUSED_STREAM'
  | 'CANCEL'
  | 'ENHANCE_YOUR_CALM'

export interface H2RstStreamStep extends FaultStep {
  readonly do: 'h2-rst-stream'
  readonly code: H2ErrorCode
}

/** `lastStream`: the last that is processed. `this`: that of the current request; `none`: 0; `all`: whatever may still come. */
export interface H2GoawayStep extends FaultStep {
  readonly do: 'h2-goaway'
  readonly code: H2ErrorCode
  readonly lastStream: 'this' | 'none' | 'all'
}

/** Sends `count` PING frames in one write. */
export interface H2PingFloodStep extends FaultStep {
  readonly do: 'h2-ping-flood'
  readonly count: number
}

/** No room for the upload: an initial window of 0, and no WINDOW_UPDATE. Only as the first step. */
export interface H2WindowZeroStep extends FaultStep {
  readonly do: 'h2-window-zero'
}

/** Bytes between two frames, such as a bad frame. */
export interface H2RawStep extends FaultStep {
  readonly do: 'h2-raw'
  readonly base64: string
}
