package io.sluice.pipeline.cascade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sluice.internal.ledger.LedgerCascade;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.pipeline.cascade.CascadeRows.Count;
import io.sluice.pipeline.cascade.CascadeUse.OfLabel;
import io.sluice.pipeline.cascade.CascadeUse.OfVersion;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a job's cascade has come to, as its ledger has it, whole or as it grows. Records come in any
 * order. Not thread-safe.
 */
public final class CascadeLog {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One epoch, whose small model may have no record. */
  private static final class Epoch {
    JsonNode version = MissingNode.getInstance();
    long versionAt;
    JsonNode flow = MissingNode.getInstance();
    long flowAt;
    @Nullable String ended;
    long endedAt;
  }

  private final TreeMap<Integer, Epoch> epochs = new TreeMap<>();

  /** Requests, by version and by what it said. */
  private final Map<String, TreeMap<String, Long>> served = new HashMap<>();

  /** Takes a record. */
  public void add(LedgerRecord.Cascade record) {
    JsonNode body;
    try {
      body = JSON.readTree(record.body());
    } catch (JsonProcessingException e) {
      return; // another version's
    }
    if (body.path("rows").isArray()) {
      if (!record.kind().equals(LedgerCascade.AUDITED)) {
        addServed(body);
      }
      return;
    }
    Epoch epoch = epochs.computeIfAbsent(body.path("epoch").asInt(), number -> new Epoch());
    switch (record.kind()) {
      case LedgerCascade.VERSION -> {
        epoch.version = withoutWeights(body);
        epoch.versionAt = record.at();
      }
      case LedgerCascade.FLOW -> flow(epoch, body, record.at());
      case LedgerCascade.DOUBT -> {
        epoch.ended = body.path("why").asText("doubt");
        epoch.endedAt = record.at();
        if (body.has("audited")) {
          flow(epoch, body, record.at());
        }
      }
      default -> {}
    }
  }

  private static void flow(Epoch epoch, JsonNode body, long at) {
    if (at >= epoch.flowAt) {
      epoch.flow = body;
      epoch.flowAt = at;
    }
  }

  private static JsonNode withoutWeights(JsonNode version) {
    return JSON.createObjectNode()
        .put("name", version.path("name").asText())
        .put("learnt", version.path("examples").size())
        .set("proven", version.path("proven"));
  }

  private void addServed(JsonNode body) {
    TreeMap<String, Long> counts =
        served.computeIfAbsent(body.path("version").asText(), name -> new TreeMap<>());
    for (JsonNode row : body.path("rows")) {
      counts.merge(body.path("outputs").path(row.path(1).asInt()).asText(), 1L, Long::sum);
    }
  }

  /** Whether there is nothing of a cascade. */
  public boolean isEmpty() {
    return epochs.isEmpty() && served.isEmpty();
  }

  /** Requests that small models have answered, over all runs. */
  public long calls() {
    return served.values().stream().mapToLong(CascadeLog::sum).sum();
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(count -> count).sum();
  }

  /**
   * All of it.
   *
   * @param rows of the outputs; none where there are none yet
   * @param succeeded how many rows these have
   * @param answers that the job has paid for
   * @param usd what those cost; null where that is not known
   */
  public CascadeUse use(CascadeRows rows, long succeeded, long answers, @Nullable BigDecimal usd) {
    List<OfLabel> labels = new ArrayList<>();
    rows.byOutput()
        .forEach(
            (output, count) ->
                labels.add(
                    new OfLabel(label(output), count.rows(), count.audited(), count.differ())));
    List<OfVersion> versions = versions(epochs.values());
    Count all = rows.all();
    if (all.equals(Count.NONE)) {
      // Of a job at work: what its ledger has.
      all =
          new Count(
              calls(),
              versions.stream().mapToLong(OfVersion::audited).sum(),
              versions.stream().mapToLong(OfVersion::differ).sum());
    }
    return new CascadeUse(
        all.rows(),
        calls(),
        usd == null || answers == 0
            ? null
            : usd.multiply(BigDecimal.valueOf(calls()))
                .divide(BigDecimal.valueOf(answers), new MathContext(3)),
        CascadeUse.Audit.of(all, succeeded),
        labels,
        versions);
  }

  private static String label(String output) {
    try {
      JsonNode json = JSON.readTree(output);
      return json.isTextual() ? json.asText() : output;
    } catch (JsonProcessingException e) {
      return output;
    }
  }

  private List<OfVersion> versions(Collection<Epoch> those) {
    List<OfVersion> versions = new ArrayList<>();
    for (Epoch epoch : those) {
      String name = epoch.version.path("name").asText();
      List<Double> thresholds = new ArrayList<>();
      long tested = 0;
      long differ = 0;
      for (JsonNode group : epoch.version.path("proven")) {
        thresholds.add(CascadeUse.rounded(group.path("threshold").asDouble()));
        tested += group.path("tested").asLong();
        differ += group.path("differ").asLong();
      }
      List<Double> later = new ArrayList<>();
      for (JsonNode threshold : epoch.flow.path("thresholds")) {
        if (threshold.asDouble() <= 1) {
          later.add(CascadeUse.rounded(threshold.asDouble()));
        }
      }
      boolean isFlowing = sum(epoch.flow, "answered") > 0;
      double most = 0;
      for (JsonNode share : epoch.flow.path("wrongAtMost")) {
        most = Math.max(most, share.asDouble());
      }
      versions.add(
          new OfVersion(
              name,
              Instant.ofEpochMilli(epoch.versionAt == 0 ? epoch.endedAt : epoch.versionAt)
                  .toString(),
              epoch.version.path("learnt").asLong(),
              tested,
              differ,
              thresholds,
              later,
              sum(served.getOrDefault(name, new TreeMap<>())),
              sum(epoch.flow, "audited"),
              sum(epoch.flow, "found"),
              isFlowing ? CascadeUse.rounded(most) : null,
              epoch.ended,
              epoch.ended == null ? null : Instant.ofEpochMilli(epoch.endedAt).toString()));
    }
    return versions;
  }

  private static long sum(JsonNode flow, String field) {
    long sum = 0;
    for (JsonNode count : flow.path(field)) {
      sum += count.asLong();
    }
    return sum;
  }
}
