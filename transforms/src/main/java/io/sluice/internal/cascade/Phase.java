package io.sluice.internal.cascade;

/** What a cascade is at. */
enum Phase {
  /** Rows are gathered, and the sample is asked about. */
  POOL,
  /** The sample is there, and is learnt from. */
  LEARNING,
  /** A small model answers. */
  FLOW,
  /** Nothing could be learnt; all rows are asked, for a while. */
  REST
}
