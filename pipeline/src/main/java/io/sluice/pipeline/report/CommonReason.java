package io.sluice.pipeline.report;

import io.sluice.ErrorKind;
import io.sluice.internal.evidence.Signature;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.output.DeadLetterRow;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.ResultRows;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Visible;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * Why most of the dead letters are some: what they say alike, how often, an example, and what to
 * do. Dead letters that were not sent are no failure, and are left out. Not thread-safe.
 */
public final class CommonReason {
  /** Files are read until there are so many: a job of millions is not read twice. */
  private static final long ROWS = 100_000;

  private static final int REASONS = 1_000;
  private static final int MESSAGE = 300;
  private static final int ID = 80;

  /** Messages of one kind that say the same. */
  private record Reason(String kind, Signature words) {}

  private static final class Found {
    final DeadLetterRow example;
    long count;

    Found(DeadLetterRow example) {
      this.example = example;
    }
  }

  private final Map<Reason, Found> reasons = new HashMap<>();
  private long rows;

  private CommonReason() {}

  /** A line or two on the dead letters of a job; empty where there are none that failed. */
  public static Optional<String> of(OutputPaths paths) throws IOException {
    CommonReason reasons = new CommonReason();
    List<ResourceId> files = ResultRows.files(paths.deadLetters());
    boolean whole = true;
    for (ResourceId file : files) {
      if (reasons.rows >= ROWS) {
        whole = false;
        break;
      }
      InputRows.read(file.toString(), DeadLetterRow.class, reasons::add);
    }
    return reasons.text(whole);
  }

  private void add(DeadLetterRow row) {
    String kind = row.error().kind();
    if (kind.equals(ErrorKind.BUDGET.code()) || kind.equals(ErrorKind.ACCOUNT.code())) {
      return;
    }
    rows++;
    Reason reason = new Reason(kind, Signature.of(null, null, row.error().message()));
    if (reasons.containsKey(reason) || reasons.size() < REASONS) {
      reasons.computeIfAbsent(reason, found -> new Found(row)).count++;
    }
  }

  private Optional<String> text(boolean whole) {
    return reasons.values().stream()
        .max(Comparator.comparingLong(found -> found.count))
        .map(found -> text(found, whole));
  }

  private String text(Found found, boolean whole) {
    DeadLetterRow row = found.example;
    ErrorKind kind = kind(row.error().kind());
    return "The commonest reason, "
        + Numbers.count(found.count)
        + " of "
        + (whole ? "" : "the first ")
        + Numbers.of(rows, "dead letter")
        + ": "
        + row.error().kind()
        + ", such as of "
        + Visible.line(Texts.clip(row.id(), ID))
        + ": "
        + Visible.line(Texts.clip(row.error().message().strip(), MESSAGE))
        + (kind == null ? "" : "\n" + Advice.about(kind));
  }

  private static @Nullable ErrorKind kind(String code) {
    for (ErrorKind kind : ErrorKind.values()) {
      if (kind.code().equals(code)) {
        return kind;
      }
    }
    return null;
  }
}
