package io.sluice.pipeline.estimate.counting;

import io.sluice.Document;
import io.sluice.DocumentCoder;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A uniform draw of so many distinct requests: those whose hash with the seed is smallest. The same
 * input and seed draw the same, however a runner cuts and repeats the work, and parts add up in any
 * order. Not thread-safe.
 */
public final class Draw {
  /**
   * One document drawn.
   *
   * @param inputTokens as counted before it is sent
   * @param paid whether its answer was in the ledger already
   */
  public record Drawn(Document document, String fingerprint, long inputTokens, boolean paid) {}

  private final int size;
  private final TreeMap<Long, Drawn> drawn = new TreeMap<>(Long::compareUnsigned);

  /**
   * @param size how many at most
   */
  public Draw(int size) {
    this.size = size;
  }

  /** A request's place in the order of a seed's draw. */
  public static long rank(long fingerprint, long seed) {
    // The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
    long z = fingerprint ^ (seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L);
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  public void add(long rank, Drawn one) {
    if (accepts(rank)) {
      // Of several documents with one request the first by its place: the same in any order.
      drawn.merge(rank, one, Draw::first);
      if (drawn.size() > size) {
        drawn.pollLastEntry();
      }
    }
  }

  public boolean accepts(long rank) {
    return drawn.size() < size || Long.compareUnsigned(rank, drawn.lastKey()) <= 0;
  }

  private static Drawn first(Drawn a, Drawn b) {
    int byFile = a.document().source().file().compareTo(b.document().source().file());
    boolean before =
        byFile < 0
            || (byFile == 0
                && a.document().source().position() <= b.document().source().position());
    return before ? a : b;
  }

  public void add(Draw other) {
    other.drawn.forEach(this::add);
  }

  public List<Drawn> documents() {
    return new ArrayList<>(drawn.values());
  }

  public void write(DataOutputStream out) throws IOException {
    out.writeInt(drawn.size());
    for (var entry : drawn.entrySet()) {
      out.writeLong(entry.getKey());
      DocumentCoder.of().encode(entry.getValue().document(), out);
      out.writeUTF(entry.getValue().fingerprint());
      out.writeLong(entry.getValue().inputTokens());
      out.writeBoolean(entry.getValue().paid());
    }
  }

  public void read(DataInputStream in) throws IOException {
    for (int left = in.readInt(); left > 0; left--) {
      drawn.put(
          in.readLong(),
          new Drawn(DocumentCoder.of().decode(in), in.readUTF(), in.readLong(), in.readBoolean()));
    }
  }
}
