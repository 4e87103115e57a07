package io.sluice.pipeline.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** Documents, rate and quota of a run, from its newest heartbeats or, once it is over, summary. */
final class Figures {
  private final Recent recent;
  private final JsonNode file;
  private final long now;

  Figures(Recent recent, JsonNode file, long now) {
    this.recent = recent;
    this.file = file;
    this.now = now;
  }

  void write(ObjectNode out, @Nullable JsonNode summary, boolean working) {
    if (summary != null) {
      finished(out, summary);
      return;
    }
    long answered = recent.sum("answered");
    long dead = recent.sum("dead");
    long expected = file.path("documents").asLong(-1);
    long seen = recent.sum("seen");
    if (expected < 0) {
      out.putNull("documents");
    } else {
      out.put("documents", Math.max(expected, seen));
    }
    out.put("documentsExact", file.path("documentsExact").asBoolean());
    out.put("seen", seen);
    out.put("succeeded", answered);
    out.put("deadLettered", dead);
    out.put("servedFromLedger", recent.sum("servedFromLedger"));
    out.put("inFlight", working ? recent.sum("inFlight") : 0);
    out.put("waiting", working ? recent.sum("waiting") : 0);
    if (recent.sum("batches") > 0) {
      // They are at work at the provider, whether the job is or not.
      out.put("batches", recent.sum("batches"));
      out.put("batchRequests", recent.sum("batchRequests"));
      out.put("batchDone", recent.sum("batchDone"));
    }
    long until = working ? now : recent.newestMillis();
    double rate = recent.perSecond(until);
    long left = Math.max(expected, seen) - answered - dead;
    out.put("perSecond", Math.round(rate * 10) / 10.0);
    if (working && expected >= 0 && (rate > 0 || left == 0)) {
      out.put("secondsLeft", left == 0 ? 0 : Math.round(left / rate));
    } else {
      out.putNull("secondsLeft");
    }
    quota(out.putArray("quota"), until);
  }

  private static void finished(ObjectNode out, JsonNode summary) {
    long documents = summary.path("documents").asLong();
    double seconds = summary.path("wallSeconds").asDouble();
    out.put("documents", documents);
    out.put("documentsExact", true);
    out.put("seen", documents);
    out.set("succeeded", summary.path("succeeded"));
    out.set("deadLettered", summary.path("deadLettered"));
    out.set("servedFromLedger", summary.path("servedFromLedger"));
    out.put("inFlight", 0);
    out.put("waiting", 0);
    out.put("perSecond", seconds > 0 ? Math.round(10 * documents / seconds) / 10.0 : 0);
    out.put("secondsLeft", 0);
    out.set("quota", summary.path("quota"));
  }

  private void quota(ArrayNode out, long until) {
    JsonNode limits = file.path("quota");
    recent
        .byKey()
        .forEach(
            (key, use) -> {
              JsonNode own = limits.path("keys").path(key);
              JsonNode limit = own.isMissingNode() ? limits : own;
              if (limit.isMissingNode() && !file.isMissingNode()) {
                return;
              }
              ObjectNode entry = out.addObject();
              entry.put("key", key.isEmpty() ? null : key);
              entry.set("requestsPerMinute", limit.get("requestsPerMinute"));
              entry.set("tokensPerMinute", limit.get("tokensPerMinute"));
              double requests = use.requestsPerMinute(until);
              double tokens = use.tokensPerMinute(until);
              entry.put("requestsPerMinuteUsed", Math.round(requests));
              entry.put("tokensPerMinuteUsed", Math.round(tokens));
              double share =
                  Math.max(
                      requests / limit.path("requestsPerMinute").asDouble(Double.MAX_VALUE),
                      tokens / limit.path("tokensPerMinute").asDouble(Double.MAX_VALUE));
              entry.put("utilisation", Math.round(share * 10_000) / 10_000.0);
            });
  }
}
