package io.sluice.internal.engine;

/**
 * What is added up for a shard beside its engine, which may come and go. Thread-safe.
 *
 * @param shard its number
 * @param before rows that its engines have not counted
 * @param meter what their calls add up to
 */
public record Tally(int shard, RowsBefore before, CallMeter meter) {
  public static Tally of(int shard) {
    return new Tally(shard, new RowsBefore(), new CallMeter());
  }
}
