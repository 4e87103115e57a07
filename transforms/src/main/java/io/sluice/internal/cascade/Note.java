package io.sluice.internal.cascade;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Locale;

/**
 * What is to be kept before anything that follows from it is handed out.
 *
 * @param kind {@link #VERSION}, {@link #FLOW} or {@link #DOUBT}
 * @param body JSON
 * @param words for a person; empty where there is nothing to tell
 */
public record Note(String kind, String body, String words) {
  /** A small model: {@link Version#encode}. */
  public static final String VERSION = "version";

  /** How far its flow is, and is proven. */
  public static final String FLOW = "flow";

  /** An epoch's end. */
  public static final String DOUBT = "doubt";

  static Note ofVersion(Version version, int waiting, float[] proven, Stream<?> flow) {
    return new Note(
        VERSION,
        version.encode(),
        String.format(
            Locale.ROOT,
            "small model %s has learnt from %,d answers and was tested by %,d; of %,d rows that were"
                + " waiting it answers those above a probability of %s, and of rows to come %s",
            version.name(),
            version.examples().size(),
            version.pool().sampled(),
            waiting,
            Stream.words(proven),
            flow.thresholds()));
  }

  static Note ofFlow(Stream<?> flow) {
    return new Note(FLOW, flow.encode(), "");
  }

  static Note ofDoubt(Stream<?> flow) {
    String why =
        flow.isInDoubt()
            ? "it is in doubt, and another is learnt: "
            : "what it holds is not proven, and is tested by itself: ";
    return new Note(DOUBT, flow.encode(), why + flow.words());
  }

  static Note ofFailure(int epoch) {
    return new Note(
        DOUBT,
        JsonNodeFactory.instance.objectNode().put("epoch", epoch).toString(),
        "what a small model has learnt here would answer nothing that is proven; all rows are asked");
  }
}
