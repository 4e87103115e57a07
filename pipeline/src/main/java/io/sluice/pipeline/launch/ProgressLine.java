package io.sluice.pipeline.launch;

import io.sluice.internal.stage.CallProgress;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A job's progress in one line, as wide as the terminal: what matters most is there at any width,
 * and a bar takes what is left.
 *
 * @param expected how many documents there are
 * @param seconds since the beginning
 * @param rate documents a second; empty where it is too early to say
 */
record ProgressLine(CallProgress now, Expected expected, double seconds, OptionalDouble rate) {
  private static final int LEAST_BAR = 10;
  private static final int MOST_BAR = 40;

  /** A part of the line; parts of lower rank give way last. */
  private record Part(int rank, String text) {}

  /** No longer than so many characters. */
  String of(int width) {
    List<Part> parts = parts();
    int rank = parts.stream().mapToInt(Part::rank).max().orElse(0);
    String line = joined(parts, rank);
    while (line.length() > width && rank > 0) {
      rank--;
      line = joined(parts, rank);
    }
    if (line.length() > width) {
      return line.substring(0, Math.max(0, width));
    }
    String percent = total() == 0 ? "" : String.format(Locale.ROOT, " %3d%%", percent());
    int cells = Math.min(MOST_BAR, width - line.length() - percent.length() - 3);
    return total() == 0 || cells < LEAST_BAR ? line : line + " " + bar(cells) + percent;
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    parts.add(new Part(1, clock()));
    parts.add(
        new Part(
            0,
            Numbers.count(now.answered())
                + (total() == 0 ? "" : " of " + about() + Numbers.count(total()))
                + " answered"));
    parts.add(new Part(0, Numbers.count(now.dead()) + " dead"));
    String situation = now.situation();
    if (situation != null) {
      parts.add(new Part(1, situation));
    }
    if (now.spentUsd() != null) {
      parts.add(new Part(2, Usd.words(now.spentUsd()) + " USD"));
    }
    long left = total() - done();
    if (rate.isPresent() && left > 0) {
      parts.add(new Part(3, Durations.words(left / rate.getAsDouble()) + " left"));
    }
    if (now.batches() > 0) {
      parts.add(new Part(4, batches(now)));
    }
    parts.add(new Part(5, Numbers.count(now.inFlight()) + " in flight"));
    if (rate.isPresent()) {
      parts.add(new Part(6, String.format(Locale.ROOT, "%,.1f/s", rate.getAsDouble())));
    }
    return parts;
  }

  /** Those of the lowest ranks. */
  private static String joined(List<Part> parts, int most) {
    StringBuilder line = new StringBuilder();
    for (Part part : parts) {
      if (part.rank() <= most) {
        // The clock stands alone.
        line.append(line.isEmpty() ? "" : line.indexOf(" ") < 0 ? " " : ", ").append(part.text());
      }
    }
    return line.toString();
  }

  private String clock() {
    long all = (long) seconds;
    return all < 3_600
        ? String.format(Locale.ROOT, "%d:%02d", all / 60, all % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", all / 3_600, all / 60 % 60, all % 60);
  }

  long done() {
    return now.answered() + now.dead();
  }

  private long total() {
    long documents = expected.documents();
    return documents == 0 ? 0 : Math.max(documents, Math.max(now.seen(), done()));
  }

  /** A guess by the size of the files does not look like a count, from which rows are missing. */
  private String about() {
    return expected.isExact() || total() > expected.documents() ? "" : "about ";
  }

  /** 100 is said of what is whole alone. */
  private long percent() {
    return 100 * done() / total();
  }

  private String bar(int cells) {
    int full = (int) (cells * done() / total());
    return "[" + "=".repeat(full) + " ".repeat(cells - full) + "]";
  }

  static String batches(CallProgress now) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d done in %d %s",
        now.batchDone(),
        now.batchRequests(),
        now.batches(),
        now.batches() == 1 ? "batch" : "batches");
  }

  /** As a line of a log: everything, whatever its length. */
  String inFull() {
    long left = total() - done();
    return String.format(
        Locale.ROOT,
        "%,d of %s%,d documents: %,d answered, %,d dead, %d in flight%s%s%s%s%s",
        done(),
        about(),
        Math.max(total(), Math.max(now.seen(), done())),
        now.answered(),
        now.dead(),
        now.inFlight(),
        rate.isPresent() ? String.format(Locale.ROOT, ", %.1f/s", rate.getAsDouble()) : "",
        now.spentUsd() == null ? "" : ", " + Usd.words(now.spentUsd()) + " USD",
        now.batches() == 0 ? "" : ", " + batches(now),
        rate.isPresent() && left > 0
            ? ", about " + Durations.words(left / rate.getAsDouble()) + " left"
            : "",
        now.situation() == null ? "" : "; " + now.situation());
  }
}
