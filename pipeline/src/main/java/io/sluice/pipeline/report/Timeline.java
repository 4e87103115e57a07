package io.sluice.pipeline.report;

/**
 * A run cut into slots of equal length, at most {@link #MOST}.
 *
 * @param startMillis epoch milliseconds
 * @param slotMillis a slot's length
 * @param slots how many
 */
record Timeline(long startMillis, long slotMillis, int slots) {
  static final int MOST = 60;
  private static final long[] LENGTHS = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600};

  static Timeline of(long startMillis, long endMillis) {
    long span = Math.max(1, endMillis - startMillis);
    long slot = 0;
    for (long seconds : LENGTHS) {
      slot = seconds * 1_000;
      if (span <= slot * MOST) {
        return new Timeline(startMillis, slot, slots(span, slot));
      }
    }
    slot *= slots(span, slot * MOST);
    return new Timeline(startMillis, slot, slots(span, slot));
  }

  private static int slots(long span, long slot) {
    return (int) ((span + slot - 1) / slot);
  }

  /** The slot of a moment; clocks of workers differ, so what lies outside goes to the edge. */
  int slot(long millis) {
    return (int) Math.max(0, Math.min(slots - 1, Math.floorDiv(millis - startMillis, slotMillis)));
  }

  double perMinute(long inSlot) {
    return inSlot * 60_000.0 / slotMillis;
  }

  /** The unit in which a person would give the run's length. */
  String unit() {
    long span = slotMillis * slots;
    return span <= 300_000 ? "seconds" : span <= 18_000_000 ? "minutes" : "hours";
  }

  /** When a slot begins, from the start of the run, in {@link #unit}. */
  double at(int slot) {
    double seconds = slot * slotMillis / 1000.0;
    return switch (unit()) {
      case "seconds" -> seconds;
      case "minutes" -> seconds / 60;
      default -> seconds / 3_600;
    };
  }
}
