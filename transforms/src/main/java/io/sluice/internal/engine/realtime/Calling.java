package io.sluice.internal.engine.realtime;

/** Where and when calls are made: on threads, or in a test's own time. Thread-safe. */
public interface Calling {
  /** Makes a call, then the one that its end hands back, and so on. Does not wait for any. */
  void make(Departure first, Calls calls);
}
