package io.sluice.internal.quota;

/** Which of a request's tokens a provider counts, from the least to the most. */
enum Counting {
  /** Those that it uses, reserved or not. */
  USED,
  /** Those that it reserves, until it ends; then those that it has used. */
  SETTLED,
  /** Those that it reserves, for good. */
  RESERVED
}
