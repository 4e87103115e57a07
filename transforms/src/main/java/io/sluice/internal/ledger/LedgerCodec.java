package io.sluice.internal.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.sluice.ErrorKind;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerRecord.AtWork;
import io.sluice.internal.ledger.LedgerRecord.Batch;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Begun;
import io.sluice.internal.ledger.LedgerRecord.Calls;
import io.sluice.internal.ledger.LedgerRecord.Cascade;
import io.sluice.internal.ledger.LedgerRecord.Ended;
import io.sluice.internal.ledger.LedgerRecord.Fit;
import io.sluice.internal.ledger.LedgerRecord.Rows;
import io.sluice.internal.ledger.LedgerRecord.Segment;
import io.sluice.internal.ledger.LedgerRecord.Unknown;
import io.sluice.internal.ledger.reading.LedgerFields;
import io.sluice.internal.ledger.reading.LedgerFields.Field;
import io.sluice.internal.text.Text;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON and back. By hand: a million of them are read when a ledger is opened, and a line
 * that is not as it should be is to be read as far as it goes. Thread-safe.
 */
final class LedgerCodec {
  private static final JsonFactory JSON = new JsonFactory();

  private LedgerCodec() {}

  // ---- writing --------------------------------------------------------------------------------

  /** A record as one JSON object. */
  static byte[] write(LedgerRecord record) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(512)) {
      try (JsonGenerator out = JSON.createGenerator(bytes)) {
        out.writeStartObject();
        write(record, out);
        out.writeEndObject();
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("A record can be written to memory", e);
    }
  }

  private static void write(LedgerRecord record, JsonGenerator out) throws IOException {
    if (record instanceof Segment segment) {
      out.writeStringField("t", "segment");
      out.writeNumberField("version", segment.version());
      text(out, "job", segment.job());
      text(out, "run", segment.run());
      out.writeNumberField("partition", segment.partition());
      out.writeNumberField("at", segment.at());
    } else if (record instanceof Begun begun) {
      call(out, "call", begun.call(), begun.at());
      usd(out, "usd", begun.worstUsd());
    } else if (record instanceof Ended ended) {
      call(out, "end", ended.call(), ended.at());
      entry(out, ended.entry());
      if (ended.fit() != Fit.FITS) {
        out.writeStringField("unfit", word(ended.fit()));
      }
      usd(out, "saved", ended.savedUsd());
    } else if (record instanceof Batch batch) {
      out.writeStringField("t", "batch");
      text(out, "batch", batch.intent());
      text(out, "key", batch.key());
      out.writeNumberField("at", batch.at());
      event(out, batch.event());
    } else if (record instanceof Beat beat) {
      out.writeStringField("t", "beat");
      out.writeNumberField("at", beat.at());
      beat(out, beat);
    } else if (record instanceof Cascade cascade) {
      out.writeStringField("t", "cascade");
      out.writeNumberField("at", cascade.at());
      out.writeStringField("kind", cascade.kind());
      text(out, "raw", cascade.body());
    } else {
      throw new IllegalArgumentException("Not written by this version: " + record);
    }
  }

  private static void call(JsonGenerator out, String type, Ledger.Call call, long at)
      throws IOException {
    out.writeStringField("t", type);
    out.writeNumberField("n", call.number());
    out.writeStringField("fp", call.fingerprint());
    text(out, "key", call.key());
    out.writeNumberField("at", at);
    if (call.rides()) {
      out.writeBooleanField("rides", true);
    }
    textIfAny(out, "batch", call.batch());
  }

  private static void entry(JsonGenerator out, LedgerEntry entry) throws IOException {
    boolean answer = entry.outcome() == LedgerEntry.Outcome.ANSWER;
    out.writeStringField("outcome", word(entry.outcome()));
    out.writeNumberField("ms", entry.latencyMs());
    out.writeNumberField("attempts", entry.attempts());
    out.writeStringField("billing", entry.billing());
    usd(out, "usd", entry.costUsd());
    Usage usage = entry.usage();
    if (usage.inputTokens() != 0 || usage.outputTokens() != 0) {
      out.writeNumberField("in", usage.inputTokens());
      out.writeNumberField("cached", usage.cachedInputTokens());
      out.writeNumberField("out", usage.outputTokens());
      if (usage.cacheWriteTokens() != 0) {
        out.writeNumberField("written", usage.cacheWriteTokens());
      }
      if (usage.longCacheWriteTokens() != 0) {
        out.writeNumberField("kept", usage.longCacheWriteTokens());
      }
      Tier tier = usage.tier();
      if (tier != null && tier != Tier.STANDARD) {
        out.writeStringField("tier", tier.word());
      }
    }
    if (answer || !entry.model().isEmpty()) {
      text(out, "model", entry.model());
    }
    ErrorKind kind = entry.kind();
    if (answer) {
      text(out, "finish", entry.finishReason());
    } else if (kind != null) {
      out.writeStringField("kind", kind.code());
      text(out, "message", entry.message());
      out.writeBooleanField("retryable", entry.retryable());
      if (entry.status() != null) {
        out.writeNumberField("status", entry.status());
      }
      textIfAny(out, "code", entry.code());
    }
    textIfAny(out, "raw", entry.raw());
  }

  private static void event(JsonGenerator out, BatchEvent event) throws IOException {
    out.writeStringField("state", LedgerBatches.state(event));
    if (event instanceof BatchEvent.Intended intended) {
      out.writeNumberField("requests", intended.requests());
      out.writeNumberField("tokens", intended.tokens());
    } else if (event instanceof BatchEvent.Created created) {
      text(out, "id", created.id());
      out.writeNumberField("requests", created.requests());
    } else if (event instanceof BatchEvent.Seen seen) {
      text(out, "id", seen.id());
      number(out, "done", seen.done());
      number(out, "failed", seen.failed());
    } else if (event instanceof BatchEvent.Closed closed) {
      text(out, "why", closed.why());
      usd(out, "usd", closed.worstUsd());
    }
  }

  private static void beat(JsonGenerator out, Beat beat) throws IOException {
    Rows rows = beat.rows();
    Calls calls = beat.calls();
    AtWork batches = beat.batches();
    out.writeNumberField("shard", beat.shard());
    out.writeNumberField("seen", rows.seen());
    out.writeNumberField("answered", rows.answered());
    out.writeNumberField("dead", rows.dead());
    out.writeNumberField("servedFromLedger", rows.servedFromLedger());
    out.writeNumberField("sent", calls.sent());
    out.writeNumberField("succeeded", calls.succeeded());
    out.writeNumberField("failed", calls.failed());
    out.writeNumberField("retried", calls.retried());
    out.writeNumberField("rateLimited", calls.rateLimited());
    out.writeNumberField("inFlight", calls.inFlight());
    out.writeNumberField("waiting", rows.waiting());
    if (batches.batches() > 0) {
      out.writeNumberField("batches", batches.batches());
      out.writeNumberField("batchRequests", batches.requests());
      out.writeNumberField("batchDone", batches.done());
    }
    numbersIfAny(out, "waitedMs", beat.waitedMs());
    numbersIfAny(out, "failures", beat.failures());
    textIfAny(out, "situation", beat.situation());
    textIfAny(out, "stopped", beat.stopped());
  }

  private static void numbersIfAny(JsonGenerator out, String name, Map<String, Long> numbers)
      throws IOException {
    if (!numbers.isEmpty()) {
      out.writeObjectFieldStart(name);
      for (Map.Entry<String, Long> number : numbers.entrySet()) {
        out.writeNumberField(Text.whole(number.getKey()), number.getValue());
      }
      out.writeEndObject();
    }
  }

  private static void text(JsonGenerator out, String name, String value) throws IOException {
    out.writeStringField(name, Text.whole(value));
  }

  private static void textIfAny(JsonGenerator out, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      text(out, name, value);
    }
  }

  private static void usd(JsonGenerator out, String name, @Nullable BigDecimal usd)
      throws IOException {
    if (usd != null) {
      out.writeStringField(name, usd.toPlainString());
    }
  }

  private static void number(JsonGenerator out, String name, @Nullable Long value)
      throws IOException {
    if (value != null) {
      out.writeNumberField(name, value);
    }
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  // ---- reading --------------------------------------------------------------------------------

  /** The record of a JSON object; what is none, or lacks what it is about, is unknown. */
  static LedgerRecord read(byte[] bytes, int from, int length) {
    LedgerFields fields = LedgerFields.of(bytes, from, length);
    String type = fields.text(Field.T);
    return switch (type) {
      case "call", "end" ->
          fields.text(Field.FP).length() < LedgerIndex.DIGITS
              ? unknown(fields)
              : call(type, fields);
      case "batch" ->
          fields.text(Field.BATCH).isEmpty()
              ? unknown(fields)
              : new Batch(
                  fields.text(Field.BATCH), fields.text(Field.KEY), fields.at(), event(fields));
      case "beat" -> beat(fields);
      case "cascade" -> new Cascade(fields.at(), fields.text(Field.KIND), fields.text(Field.RAW));
      case "segment" ->
          new Segment(
              fields.has(Field.VERSION) ? fields.integer(Field.VERSION) : -1,
              fields.text(Field.JOB),
              fields.text(Field.RUN),
              fields.integer(Field.PARTITION),
              fields.at());
      default -> unknown(fields);
    };
  }

  private static Unknown unknown(LedgerFields fields) {
    return new Unknown(fields.text(Field.T), fields.at());
  }

  private static LedgerRecord call(String type, LedgerFields fields) {
    String batch = fields.text(Field.BATCH);
    Ledger.Call call =
        new Ledger.Call(
            fields.text(Field.KEY),
            fields.text(Field.FP),
            fields.number(Field.N, Long.MAX_VALUE),
            fields.has(Field.RIDES),
            batch.isEmpty() ? null : batch);
    if (type.equals("call")) {
      return new Begun(call, fields.at(), fields.usd(Field.USD));
    }
    LedgerEntry entry = entry(fields);
    BigDecimal saved = fields.usd(Field.SAVED);
    return fields.isDoubtful()
        ? new Ended(call, fields.at(), entry.ofUnknownCost(), fit(fields), null, true)
        : new Ended(call, fields.at(), entry, fit(fields), saved, false);
  }

  private static Fit fit(LedgerFields fields) {
    return switch (fields.text(Field.UNFIT)) {
      case "" -> Fit.FITS;
      case "repeated" -> Fit.REPEATED;
      default -> Fit.REFUSED;
    };
  }

  private static LedgerEntry entry(LedgerFields fields) {
    LedgerEntry.Outcome outcome =
        switch (fields.text(Field.OUTCOME)) {
          case "answer" -> LedgerEntry.Outcome.ANSWER;
          case "failure" -> LedgerEntry.Outcome.FAILURE;
          // Also what a later version may say: at worst the request is asked again.
          default -> LedgerEntry.Outcome.RETRY;
        };
    String kind = fields.textOrNull(Field.KIND);
    String billing = fields.text(Field.BILLING);
    return new LedgerEntry(
        outcome,
        fields.textOrNull(Field.RAW),
        fields.text(Field.MODEL),
        fields.text(Field.FINISH),
        new Usage(
            fields.tokens(Field.IN),
            fields.tokens(Field.CACHED),
            fields.tokens(Field.OUT),
            fields.tokens(Field.WRITTEN),
            fields.tokens(Field.KEPT),
            Tier.ofWord(fields.textOrNull(Field.TIER))),
        fields.usd(Field.USD),
        fields.integer(Field.ATTEMPTS),
        fields.number(Field.MS, LedgerFields.MOST_MILLIS),
        kind == null ? null : kind(kind),
        fields.text(Field.MESSAGE),
        fields.has(Field.STATUS) ? fields.integer(Field.STATUS) : null,
        fields.textOrNull(Field.CODE),
        fields.is(Field.RETRYABLE),
        billing.isEmpty() ? "unknown" : billing);
  }

  private static ErrorKind kind(String code) {
    try {
      return ErrorKind.ofCode(code);
    } catch (IllegalArgumentException e) {
      // Another version's.
      return ErrorKind.SERVER_ERROR;
    }
  }

  private static BatchEvent event(LedgerFields fields) {
    String state = fields.text(Field.STATE);
    int requests = fields.integer(Field.REQUESTS);
    String id = fields.text(Field.ID);
    return switch (state) {
      case LedgerBatches.INTENDED ->
          new BatchEvent.Intended(requests, fields.number(Field.TOKENS, Long.MAX_VALUE));
      case LedgerBatches.CREATED -> new BatchEvent.Created(id, requests);
      case LedgerBatches.RECALLED -> new BatchEvent.Recalled();
      case LedgerBatches.CLOSED ->
          new BatchEvent.Closed(fields.text(Field.WHY), fields.usd(Field.USD));
      default ->
          new BatchEvent.Seen(state, id, count(fields, Field.DONE), count(fields, Field.FAILED));
    };
  }

  private static @Nullable Long count(LedgerFields fields, Field field) {
    return fields.has(field) ? (Long) fields.number(field, Integer.MAX_VALUE) : null;
  }

  private static Beat beat(LedgerFields fields) {
    return new Beat(
        fields.at(),
        fields.integer(Field.SHARD),
        new Rows(
            rows(fields, Field.SEEN),
            rows(fields, Field.ANSWERED),
            rows(fields, Field.DEAD),
            rows(fields, Field.SERVED_FROM_LEDGER),
            rows(fields, Field.WAITING)),
        new Calls(
            rows(fields, Field.SENT),
            rows(fields, Field.SUCCEEDED),
            rows(fields, Field.FAILED),
            rows(fields, Field.RETRIED),
            rows(fields, Field.RATE_LIMITED),
            rows(fields, Field.IN_FLIGHT)),
        new AtWork(
            rows(fields, Field.BATCHES),
            rows(fields, Field.BATCH_REQUESTS),
            rows(fields, Field.BATCH_DONE)),
        fields.numbers(Field.WAITED_MS),
        fields.numbers(Field.FAILURES),
        fields.textOrNull(Field.SITUATION),
        fields.textOrNull(Field.STOPPED));
  }

  /** Many shards' are added up. */
  private static long rows(LedgerFields fields, Field field) {
    return fields.number(field, 1L << 48);
  }
}
