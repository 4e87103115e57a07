package io.sluice.internal.capacity;

/** What can be done about calls that fail. */
enum Lever {
  RATE,
  WINDOW
}
