package io.sluice.pipeline.estimate.statistics;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Which share of requests are the same as another, in memory that does not grow: exact up to {@link
 * #CAPACITY} distinct requests, from there on of those whose hash begins with some zero bits
 * (distinct sampling, Gibbons 2001). A share of what is kept is right on average, and within about
 * one percent of the whole. Parts add up in any order to the same. Not thread-safe.
 */
public final class Distinct {
  public static final int CAPACITY = 1 << 14;

  /** One distinct request: how often it was seen. */
  public static final class Seen {
    final long tokens;
    final boolean paid;
    long count;

    Seen(long tokens, boolean paid, long count) {
      this.tokens = tokens;
      this.paid = paid;
      this.count = count;
    }
  }

  /**
   * Of requests alike in being paid or not.
   *
   * @param ofRequests distinct requests, for one request
   * @param ofTokens input tokens of distinct requests, for one input token; at most 1
   */
  public record Shares(double ofRequests, double ofTokens) {}

  private final Map<Long, Seen> kept = new HashMap<>();
  private int level;

  public Distinct() {}

  public Distinct(int level) {
    this.level = level;
  }

  public int level() {
    return level;
  }

  public boolean isExact() {
    return level == 0;
  }

  public int size() {
    return kept.size();
  }

  public void add(long hash, long tokens, boolean paid) {
    if (passes(hash)) {
      Seen seen = kept.get(hash);
      if (seen == null) {
        kept.put(hash, new Seen(tokens, paid, 1));
        shrink();
      } else {
        seen.count++;
      }
    }
  }

  public void add(Distinct other) {
    if (other.level > level) {
      raise(other.level);
    }
    for (Map.Entry<Long, Seen> entry : other.kept.entrySet()) {
      if (passes(entry.getKey())) {
        Seen more = entry.getValue();
        kept.computeIfAbsent(entry.getKey(), hash -> new Seen(more.tokens, more.paid, 0)).count +=
            more.count;
      }
    }
    shrink();
  }

  private void raise(int to) {
    level = to;
    kept.keySet().removeIf(hash -> !passes(hash));
  }

  private boolean passes(long hash) {
    return level == 0 || hash >>> (64 - level) == 0;
  }

  private void shrink() {
    while (kept.size() > CAPACITY) {
      raise(level + 1);
    }
  }

  public Shares shares(boolean paid) {
    double requests = 0;
    double distinctRequests = 0;
    double tokens = 0;
    double distinctTokens = 0;
    for (Seen seen : kept.values()) {
      if (seen.paid == paid) {
        requests += seen.count;
        distinctRequests++;
        tokens += (double) seen.count * seen.tokens;
        distinctTokens += seen.tokens;
      }
    }
    return new Shares(
        requests == 0 ? 1 : distinctRequests / requests, tokens == 0 ? 1 : distinctTokens / tokens);
  }

  public void write(DataOutputStream out) throws IOException {
    out.writeByte(level);
    out.writeInt(kept.size());
    for (Map.Entry<Long, Seen> entry : kept.entrySet()) {
      out.writeLong(entry.getKey());
      out.writeLong(entry.getValue().tokens);
      out.writeBoolean(entry.getValue().paid);
      out.writeLong(entry.getValue().count);
    }
  }

  public static Distinct read(DataInputStream in) throws IOException {
    Distinct distinct = new Distinct(in.readByte());
    for (int left = in.readInt(); left > 0; left--) {
      distinct.kept.put(in.readLong(), new Seen(in.readLong(), in.readBoolean(), in.readLong()));
    }
    return distinct;
  }
}
