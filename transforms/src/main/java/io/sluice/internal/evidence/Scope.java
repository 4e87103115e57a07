package io.sluice.internal.evidence;

/** Whose failure it is. */
public enum Scope {
  /** Not concluded yet. */
  UNKNOWN,
  /** This call's, by chance: it is asked again, nothing else waits. */
  CALL,
  /** This document's: others pass. */
  DOCUMENT,
  /** The account's rate: fewer fail when we send more slowly. */
  RATE,
  /** The server's load: fewer fail when fewer are in flight. */
  LOAD,
  /** The provider is away: everything fails that passed before. */
  OUTAGE,
  /** The account's or the task's: everything fails, and asking on does not help. */
  ACCOUNT
}
