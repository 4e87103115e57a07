package io.sluice.internal.cascade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.cascade.learning.SmallModel;
import io.sluice.internal.cascade.learning.SmallModel.Guess;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small model with what it may answer, as it is kept. Immutable.
 *
 * @param name the epoch, and what tells its weights from others
 * @param epoch from 1
 * @param outputs what the task's model has said, as JSON; labels are places in it
 * @param pool of rows that it was proven with
 * @param curves by group
 * @param examples fingerprints of what it learnt from
 */
public record Version(
    String name,
    int epoch,
    List<String> outputs,
    SmallModel model,
    Terms.Pool pool,
    List<Curve> curves,
    List<String> examples) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MARK_DIGITS = 8;

  public Version {
    outputs = List.copyOf(outputs);
    curves = List.copyOf(curves);
    examples = List.copyOf(examples);
  }

  static Version of(
      int epoch,
      List<String> outputs,
      SmallModel model,
      Terms.Pool pool,
      List<Curve> curves,
      List<String> examples) {
    String name = epoch + "-" + HexFormat.of().toHexDigits(model.encode().hashCode());
    return new Version(name, epoch, outputs, model, pool, curves, examples);
  }

  /** What the small model says, as the task's would have. */
  public String output(Guess guess) {
    return outputs.get(guess.label());
  }

  /** As one line of JSON. */
  public String encode() {
    return json().toString();
  }

  /** To be added to. */
  ObjectNode json() {
    ObjectNode json = JSON.createObjectNode();
    json.put("epoch", epoch).put("name", name);
    outputs.forEach(json.putArray("outputs")::add);
    json.putArray("pool").add(pool.all()).add(pool.unlearnt()).add(pool.sampled());
    ArrayNode groups = json.putArray("curves");
    for (Curve curve : curves) {
      ArrayNode points = groups.addArray();
      for (Curve.Point point : curve.points()) {
        points
            .addArray()
            .add(point.threshold())
            .add(point.unseen())
            .add(point.sampled())
            .add(point.wrong());
      }
    }
    ArrayNode marks = json.putArray("examples");
    examples.forEach(each -> marks.add(each.substring(0, Math.min(MARK_DIGITS, each.length()))));
    return json.put("weights", model.encode());
  }

  /** What was kept; null where this version of Sluice cannot read it. */
  public static @Nullable Version decode(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      List<String> outputs = new ArrayList<>();
      json.path("outputs").forEach(each -> outputs.add(each.asText()));
      List<Curve> curves = new ArrayList<>();
      for (JsonNode group : json.path("curves")) {
        List<Curve.Point> points = new ArrayList<>();
        for (JsonNode point : group) {
          points.add(
              new Curve.Point(
                  (float) point.path(0).asDouble(),
                  point.path(1).asInt(),
                  point.path(2).asInt(),
                  point.path(3).asInt()));
        }
        curves.add(new Curve(points));
      }
      List<String> examples = new ArrayList<>();
      json.path("examples").forEach(each -> examples.add(each.asText()));
      JsonNode pool = json.path("pool");
      return json.path("epoch").asInt() < 1 || outputs.isEmpty()
          ? null
          : new Version(
              json.path("name").asText(),
              json.path("epoch").asInt(),
              outputs,
              SmallModel.decode(json.path("weights").asText()),
              new Terms.Pool(pool.path(0).asInt(), pool.path(1).asInt(), pool.path(2).asInt()),
              curves,
              examples);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return null;
    }
  }
}
