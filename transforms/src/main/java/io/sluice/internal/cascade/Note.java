package io.sluice.internal.cascade;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * What is to be kept before anything that follows from it is handed out.
 *
 * @param kind {@link #VERSION}, {@link #FLOW} or {@link #DOUBT}
 * @param body JSON
 * @param words for a person; empty where there is nothing to tell
 * @param isLoud whether a person should see it while the job runs: it saves less from here on
 */
public record Note(String kind, String body, String words, boolean isLoud) {
  /** A small model: {@link Version#encode}. */
  public static final String VERSION = "version";

  /** How far its flow is, and is proven. */
  public static final String FLOW = "flow";

  /** An epoch's end. */
  public static final String DOUBT = "doubt";

  /** Why an epoch has ended: audits found too much. */
  public static final String IN_DOUBT = "doubt";

  /** What was held could not be proven. */
  public static final String UNPROVEN = "unproven";

  /** Nothing was learnt that pays. */
  public static final String UNLEARNT = "unlearnt";

  static Note ofVersion(Version version, int waiting, float[] proven, Stream<?> flow) {
    return new Note(
        VERSION,
        provenOf(version, proven),
        String.format(
            Locale.ROOT,
            "small model %s has learnt from %,d answers and was tested by %,d; of %,d rows that were"
                + " waiting it answers those above a probability of %s, and of rows to come %s",
            version.name(),
            version.examples().size(),
            version.pool().sampled(),
            waiting,
            Stream.words(proven),
            flow.thresholds()),
        false);
  }

  static Note ofFlow(Stream<?> flow, long owed) {
    return new Note(FLOW, flow.encode("", owed), "", false);
  }

  static Note ofDoubt(Stream<?> flow) {
    String why =
        flow.isInDoubt()
            ? "it is in doubt, and another is learnt: "
            : "what it holds is not proven, and is tested by itself: ";
    return new Note(
        DOUBT,
        flow.encode(flow.isInDoubt() ? IN_DOUBT : UNPROVEN, 0),
        why + flow.words(),
        flow.isInDoubt());
  }

  /**
   * @param next how many rows are asked before it is tried again; 0 where it is not
   */
  static Note ofFailure(int epoch, long next) {
    return new Note(
        DOUBT,
        JsonNodeFactory.instance.objectNode().put("epoch", epoch).put("why", UNLEARNT).toString(),
        "what a small model has learnt here would answer nothing that is proven; "
            + (next == 0
                ? "all rows are asked from here on"
                : String.format(
                    Locale.ROOT, "the next %,d rows are asked, then it is tried again", next)),
        true);
  }

  /** With what the test says of the thresholds for rows that were waiting. */
  private static String provenOf(Version version, float[] proven) {
    ObjectNode json = version.json();
    ArrayNode groups = json.putArray("proven");
    for (int i = 0; i < proven.length; i++) {
      for (Curve.Point point : version.curves().get(i).points()) {
        if (point.threshold() == proven[i]) {
          groups
              .addObject()
              .put("threshold", point.threshold())
              .put("tested", point.sampled())
              .put("differ", point.wrong());
        }
      }
    }
    return json.toString();
  }
}
