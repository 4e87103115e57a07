package io.sluice.pipeline.estimate.counting;

import io.sluice.Usage;
import io.sluice.pipeline.estimate.statistics.Distinct;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.coders.CustomCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;

/**
 * What is known of a part of the input before anything is sent. Parts add up, in memory that does
 * not grow with the input. Not thread-safe.
 */
public final class Counts {
  /** More accounts than these are added up as one. */
  private static final int MAX_KEYS = 10_000;

  /** Where accounts beyond {@link #MAX_KEYS} are added up. */
  public static final String OTHER_KEYS = "(other)";

  /** What one account has still to be asked. */
  public static final class Key {
    public long requests;
    public long inputTokens;
  }

  /** Rows read: documents that can be asked and would-be dead letters. */
  public long documents;

  public long badInput;
  public long badPrompt;
  public long tooLarge;

  /** Documents whose answer is in the ledger, and their input tokens as counted here. */
  public long paid;

  public long paidInputTokens;

  /** What those answers used as the provider counted it, and milliseconds of their calls. */
  public Usage paidUsage = Usage.NONE;

  public long paidMillis;

  /** Documents still to be asked, several of one request included, and their input tokens. */
  public long unpaid;

  public long unpaidInputTokens;

  /**
   * Documents that are asked in parts, in how many, and requests for them beyond one a question.
   */
  public long split;

  public long parts;
  public long moreAsks;

  public final Map<String, Key> unpaidByKey = new TreeMap<>();

  public Distinct distinct;
  public final Draw draw;

  public Counts(int drawSize) {
    this(drawSize, 0);
  }

  /**
   * @param level of {@link Distinct} to begin with
   */
  public Counts(int drawSize, int level) {
    this.draw = new Draw(drawSize);
    this.distinct = new Distinct(level);
  }

  public void addUnpaid(String key, long requests, long inputTokens) {
    unpaid += requests;
    unpaidInputTokens += inputTokens;
    boolean own = unpaidByKey.containsKey(key) || unpaidByKey.size() < MAX_KEYS;
    Key sum = unpaidByKey.computeIfAbsent(own ? key : OTHER_KEYS, name -> new Key());
    sum.requests += requests;
    sum.inputTokens += inputTokens;
  }

  /** A document that was still to be asked has been answered. */
  public void paid(Draw.Drawn drawn, Usage usage, long millis) {
    paid++;
    paidInputTokens += drawn.inputTokens();
    paidUsage = paidUsage.plus(usage);
    paidMillis += millis;
    String name = drawn.document().key() == null ? "" : drawn.document().key();
    addUnpaid(name, -1, -drawn.inputTokens());
  }

  public void add(Counts other) {
    documents += other.documents;
    badInput += other.badInput;
    badPrompt += other.badPrompt;
    tooLarge += other.tooLarge;
    paid += other.paid;
    paidInputTokens += other.paidInputTokens;
    paidUsage = paidUsage.plus(other.paidUsage);
    paidMillis += other.paidMillis;
    split += other.split;
    parts += other.parts;
    moreAsks += other.moreAsks;
    other.unpaidByKey.forEach((name, key) -> addUnpaid(name, key.requests, key.inputTokens));
    distinct.add(other.distinct);
    draw.add(other.draw);
  }

  /** Written field by field, as small as it is. */
  public static final class CountsCoder extends CustomCoder<Counts> {
    private static final long serialVersionUID = 1L;
    private final int drawSize;

    CountsCoder(int drawSize) {
      this.drawSize = drawSize;
    }

    /**
     * @param level of {@link Distinct} to begin with
     */
    Counts empty(int level) {
      return new Counts(drawSize, level);
    }

    @Override
    public void encode(Counts counts, OutputStream stream) throws IOException {
      DataOutputStream out = new DataOutputStream(stream);
      for (long number :
          new long[] {
            counts.documents,
            counts.badInput,
            counts.badPrompt,
            counts.tooLarge,
            counts.paid,
            counts.paidInputTokens,
            counts.paidUsage.inputTokens(),
            counts.paidUsage.cachedInputTokens(),
            counts.paidUsage.outputTokens(),
            counts.paidUsage.cacheWriteTokens(),
            counts.paidMillis,
            counts.split,
            counts.parts,
            counts.moreAsks
          }) {
        out.writeLong(number);
      }
      out.writeInt(counts.unpaidByKey.size());
      for (Map.Entry<String, Key> entry : counts.unpaidByKey.entrySet()) {
        StringUtf8Coder.of().encode(entry.getKey(), out);
        out.writeLong(entry.getValue().requests);
        out.writeLong(entry.getValue().inputTokens);
      }
      counts.distinct.write(out);
      counts.draw.write(out);
      out.flush();
    }

    @Override
    public Counts decode(InputStream stream) throws IOException {
      DataInputStream in = new DataInputStream(stream);
      Counts counts = empty(0);
      counts.documents = in.readLong();
      counts.badInput = in.readLong();
      counts.badPrompt = in.readLong();
      counts.tooLarge = in.readLong();
      counts.paid = in.readLong();
      counts.paidInputTokens = in.readLong();
      counts.paidUsage = new Usage(in.readLong(), in.readLong(), in.readLong(), in.readLong());
      counts.paidMillis = in.readLong();
      counts.split = in.readLong();
      counts.parts = in.readLong();
      counts.moreAsks = in.readLong();
      for (int left = in.readInt(); left > 0; left--) {
        counts.addUnpaid(StringUtf8Coder.of().decode(in), in.readLong(), in.readLong());
      }
      counts.distinct = Distinct.read(in);
      counts.draw.read(in);
      return counts;
    }

    @Override
    public void verifyDeterministic() {}
  }
}
