package io.sluice.pipeline.launch;

/**
 * How many documents a job is to have.
 *
 * @param documents 0 where that is not known
 * @param isExact whether they were counted, not guessed by the size of the files
 */
record Expected(long documents, boolean isExact) {
  /** A job that watches has no end. */
  static final Expected UNKNOWN = new Expected(0, true);
}
