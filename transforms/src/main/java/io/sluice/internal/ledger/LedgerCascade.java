package io.sluice.internal.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger has of a cascade. Records of type {@code cascade} say by {@code kind} what their
 * {@code raw} is, which is JSON in any case:
 *
 * <ul>
 *   <li>{@code version}: a small model, with what it learnt from and how it was tested
 *   <li>{@code flow}: how far one is with the rows that came after it was made, as audits have
 *       proven it
 *   <li>{@code doubt}: an epoch that was given up
 *   <li>{@code served}: rows that a small model has answered, {@code {"version", "outputs", "rows":
 *       [[fingerprint, place in outputs, probability]…]}}: they are answered so whenever they come
 *       again
 *   <li>{@code audited}: the same of rows that the task's model has answered, too
 * </ul>
 *
 * Not thread-safe.
 */
public final class LedgerCascade {
  public static final String VERSION = "version";
  public static final String FLOW = "flow";
  public static final String DOUBT = "doubt";
  public static final String AUDITED = "audited";
  static final String SERVED = "served";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int OUTPUT_BITS = 12;
  private static final int MOST_KINDS = 1 << 16;

  /**
   * A row's answer.
   *
   * @param output as JSON
   */
  public record Served(String version, String output, float probability) {}

  /**
   * What the last epoch has come to.
   *
   * @param version null where none was made, or none of it
   * @param flow the version's; null where it has not begun
   */
  public record State(
      int epoch, boolean isInDoubt, @Nullable String version, @Nullable String flow) {
    public static final State NONE = new State(0, false, null, null);
  }

  private record Kind(String version, List<String> outputs) {}

  private final LedgerIndex rows = new LedgerIndex();
  private final List<Kind> kinds = new ArrayList<>();
  private final Map<Kind, Integer> numbers = new HashMap<>();
  private State state = State.NONE;
  private long flowAt;

  void add(LedgerRecord.Cascade record) {
    try {
      JsonNode body = JSON.readTree(record.body());
      if (record.kind().equals(SERVED) || record.kind().equals(AUDITED)) {
        served(body);
      } else {
        epoch(record, body);
      }
    } catch (JsonProcessingException e) {
      // Another version's: it is passed over, and its rows are asked.
      return;
    }
  }

  private void epoch(LedgerRecord.Cascade record, JsonNode body) {
    int epoch = body.path("epoch").asInt();
    if (epoch < state.epoch()) {
      return;
    }
    if (epoch > state.epoch()) {
      state = new State(epoch, false, null, null);
      flowAt = 0;
    }
    switch (record.kind()) {
      case VERSION -> state = new State(epoch, state.isInDoubt, record.body(), state.flow);
      case DOUBT -> state = new State(epoch, true, state.version, state.flow);
      case FLOW -> {
        if (record.at() >= flowAt) {
          flowAt = record.at();
          state = new State(epoch, state.isInDoubt, state.version, record.body());
        }
      }
      default -> {}
    }
  }

  private void served(JsonNode body) {
    List<String> outputs = new ArrayList<>();
    body.path("outputs").forEach(output -> outputs.add(output.asText()));
    Kind kind = new Kind(body.path("version").asText(), List.copyOf(outputs));
    Integer number = numbers.get(kind);
    if (number == null) {
      number = kinds.size();
      if (number >= MOST_KINDS || outputs.size() >= 1 << OUTPUT_BITS) {
        return;
      }
      kinds.add(kind);
      numbers.put(kind, number);
    }
    for (JsonNode row : body.path("rows")) {
      int output = row.path(1).asInt(-1);
      String fingerprint = row.path(0).asText();
      if (output >= 0 && output < outputs.size() && fingerprint.length() >= LedgerIndex.DIGITS) {
        long bits = Float.floatToIntBits((float) row.path(2).asDouble()) & 0xffffffffL;
        rows.put(fingerprint, ((long) number << OUTPUT_BITS | output) << 32 | bits, true);
      }
    }
  }

  /** What a small model has said of a row; null where none has. */
  @Nullable Served find(String fingerprint) {
    long place = rows.get(fingerprint);
    if (place == LedgerIndex.ABSENT) {
      return null;
    }
    int which = (int) (place >>> 32);
    Kind kind = kinds.get(which >>> OUTPUT_BITS);
    return new Served(
        kind.version(),
        kind.outputs().get(which & (1 << OUTPUT_BITS) - 1),
        Float.intBitsToFloat((int) place));
  }

  State state() {
    return state;
  }

  /** The body of a record of rows that one version has answered. */
  public static String served(String version, Map<String, Served> answers) {
    ObjectNode body = JSON.createObjectNode().put("version", version);
    List<String> outputs =
        answers.values().stream().map(Served::output).distinct().sorted().toList();
    outputs.forEach(body.putArray("outputs")::add);
    ArrayNode rows = body.putArray("rows");
    answers.forEach(
        (fingerprint, answer) ->
            rows.addArray()
                .add(fingerprint.substring(0, LedgerIndex.DIGITS))
                .add(outputs.indexOf(answer.output()))
                .add(answer.probability()));
    return body.toString();
  }
}
