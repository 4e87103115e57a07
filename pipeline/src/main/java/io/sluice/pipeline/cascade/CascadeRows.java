package io.sluice.pipeline.cascade;

import io.sluice.Answer;
import io.sluice.Answer.Cascaded;
import io.sluice.Answer.ServedBy;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows that a small model has answered, and audited ones, by what it says. Not thread-safe. */
public final class CascadeRows implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Rows of a label.
   *
   * @param rows that the small model has answered
   * @param audited others, that both were asked about
   * @param differ of those
   */
  public record Count(long rows, long audited, long differ) implements Serializable {
    static final Count NONE = new Count(0, 0, 0);

    Count plus(Count more) {
      return new Count(rows + more.rows, audited + more.audited, differ + more.differ);
    }
  }

  private final TreeMap<String, Count> byOutput = new TreeMap<>();

  /** Takes in an answer; others than a cascade's are passed over. */
  public void add(Answer answer) {
    Cascaded small = answer.cascaded();
    if (small == null) {
      return;
    }
    boolean isServed = answer.servedBy() == ServedBy.CASCADE;
    boolean differs = !isServed && !small.outputJson().equals(answer.outputJson());
    add(small.outputJson(), new Count(isServed ? 1 : 0, isServed ? 0 : 1, differs ? 1 : 0));
  }

  private void add(String output, Count count) {
    byOutput.merge(output, count, Count::plus);
  }

  /** Takes in all of some others. */
  public void add(CascadeRows other) {
    other.byOutput.forEach(this::add);
  }

  /** By what the small model says, as JSON. Unmodifiable. */
  public SortedMap<String, Count> byOutput() {
    return Collections.unmodifiableSortedMap(byOutput);
  }

  /** What {@link #byOutput} has told; null for none. */
  public static CascadeRows of(@Nullable Map<String, Count> kept) {
    CascadeRows rows = new CascadeRows();
    if (kept != null) {
      rows.byOutput.putAll(kept);
    }
    return rows;
  }

  Count all() {
    return byOutput.values().stream().reduce(Count.NONE, Count::plus);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CascadeRows rows && byOutput.equals(rows.byOutput);
  }

  @Override
  public int hashCode() {
    return byOutput.hashCode();
  }
}
