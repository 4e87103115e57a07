package io.sluice.internal.engine;

import java.util.AbstractList;
import java.util.List;

/** Rows among whose arrival something happens, as it may while another thread works. */
public final class Interrupted extends AbstractList<PreparedDocument> {
  private final List<PreparedDocument> rows;
  private final Runnable happens;
  private boolean happened;

  private Interrupted(List<PreparedDocument> rows, Runnable happens) {
    this.rows = rows;
    this.happens = happens;
  }

  /** The last row comes once that has happened, which it does once. */
  public static List<PreparedDocument> beforeTheLast(
      List<PreparedDocument> rows, Runnable happens) {
    return new Interrupted(rows, happens);
  }

  @Override
  public PreparedDocument get(int index) {
    if (index == rows.size() - 1 && !happened) {
      happened = true;
      happens.run();
    }
    return rows.get(index);
  }

  @Override
  public int size() {
    return rows.size();
  }
}
