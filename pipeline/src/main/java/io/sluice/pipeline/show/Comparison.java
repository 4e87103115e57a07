package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Document;
import io.sluice.Usage;
import io.sluice.pipeline.estimate.statistics.Share;
import io.sluice.pipeline.input.InputDocuments;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.task.JobTask;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Two outputs against each other, by id. What both have, once, is what counts, so that sums and
 * shares are of the same documents. Each is read row by row, and twice: for its hashes, and for
 * what its rows took and are. Not thread-safe.
 */
final class Comparison {
  /** Of rows that differ so many are drawn, each as likely as any other. */
  private static final int MOST_SHOWN = 500;

  /** A row that differs. */
  static final class Differs {
    final String id;
    final JsonNode b;
    @Nullable JsonNode a;
    JsonNode document;
    @Nullable String expected;

    Differs(JsonNode row, @Nullable String expected) {
      this.id = row.path("id").asText();
      this.b = row.path("output");
      this.document = row.path("document");
      this.expected = expected;
    }
  }

  /** What an output's rows took, of those that count, and how many of them are right. */
  static final class Side {
    /** All that it has. */
    long rows;

    /** Ids that it has, and the other has not. */
    long alone;

    /** Of those that the other has alone, its dead letters. */
    long dead;

    Usage usage = Usage.NONE;
    @Nullable BigDecimal costUsd = BigDecimal.ZERO;

    /** Rows of an answer that was paid before, or with another row. */
    long free;

    final Latencies latency = new Latencies();
    long judged;
    long right;

    private void add(JsonNode row) {
      JsonNode used = row.path("usage");
      usage =
          usage.plus(
              new Usage(
                  used.path("inputTokens").asLong(),
                  used.path("cachedInputTokens").asLong(),
                  used.path("outputTokens").asLong()));
      JsonNode cost = row.path("costUsd");
      BigDecimal sum = costUsd;
      costUsd =
          sum == null || cost.isNull() || cost.isMissingNode() || cost.asText().isEmpty()
              ? null
              : sum.add(new BigDecimal(cost.asText()));
      free += row.path("servedBy").asText().equals("ledger") && cost.asDouble() == 0 ? 1 : 0;
      latency.add(row.path("latencyMs").asLong());
    }

    @Nullable Share accuracy() {
      return judged == 0 ? null : Share.of(right, judged);
    }
  }

  /** Times by their logarithm, a percent apart. */
  static final class Latencies {
    private final long[] counts = new long[2_500];
    private long count;

    void add(long millis) {
      counts[(int) Math.min(counts.length - 1, Math.log1p(Math.max(0, millis)) * 100)]++;
      count++;
    }

    /** Milliseconds, within a percent. */
    long quantile(double share) {
      long left = (long) Math.ceil(share * count);
      for (int i = 0; i < counts.length; i++) {
        left -= counts[i];
        if (left <= 0 && count > 0) {
          return Math.round(Math.expm1((i + 0.5) / 100));
        }
      }
      return 0;
    }
  }

  final Side a = new Side();
  final Side b = new Side();
  long both;
  long same;
  long twice;
  long differing;
  private final @Nullable String expected;
  private final JobPlaces documents;
  private final @Nullable OutputIndex answers;
  private final Map<String, Differs> shown = new LinkedHashMap<>();

  private Comparison(@Nullable String expected, JobPlaces documents) {
    this.expected = expected;
    this.documents = documents;
    this.answers = expected != null && documents.hasDocuments() ? new OutputIndex() : null;
  }

  /**
   * @param expected the field of documents that has the right answer; null for none
   * @param documents where documents are, if they are; otherwise those in rows count
   */
  static Comparison of(
      JobRows first, JobRows second, @Nullable String expected, JobPlaces documents)
      throws IOException {
    Comparison all = new Comparison(expected, documents);
    all.read(first, second);
    return all;
  }

  /** Takes a document or a row, as JSON. */
  private interface To {
    void take(String id, JsonNode json);
  }

  private void documents(To to) throws IOException {
    JobTask task = documents.task();
    if (task == null || !documents.hasDocuments()) {
      return;
    }
    try (InputDocuments input = new InputDocuments(documents.files(), task.fields())) {
      for (Document one = input.next(); one != null; one = input.next()) {
        to.take(one.id(), Table.row(one.json()));
      }
    }
  }

  private void read(JobRows first, JobRows second) throws IOException {
    if (answers != null) {
      documents(
          (id, document) -> {
            String right = expectedIn(document);
            if (right != null && !answers.isSame(id, right)) {
              answers.put(id, right);
            }
          });
    }
    OutputIndex ofA = index(first, a);
    OutputIndex ofB = index(second, b);
    twice = ofA.twice() + ofB.twice();
    List<String> kept = new ArrayList<>();
    Random random = new Random(1);
    sum(
        second,
        b,
        ofB,
        ofA,
        (id, row) -> {
          both++;
          if (ofA.isSame(id, OutputIndex.canonical(row.path("output")))) {
            same++;
            return;
          }
          differing++;
          long at = kept.size() < MOST_SHOWN ? kept.size() : random.nextLong(differing);
          if (at >= MOST_SHOWN) {
            return;
          }
          if (at == kept.size()) {
            kept.add(id);
          } else {
            shown.remove(kept.set((int) at, id));
          }
          shown.put(id, new Differs(row, expectedOf(row)));
        });
    sum(
        first,
        a,
        ofA,
        ofB,
        (id, row) -> {
          Differs differs = shown.get(id);
          if (differs != null) {
            differs.a = row.path("output");
            if (differs.document.isMissingNode()) {
              differs.document = row.path("document");
            }
            differs.expected = differs.expected == null ? expectedOf(row) : differs.expected;
          }
        });
    first.dead(id -> a.dead += ofB.has(id) && !ofA.has(id) ? 1 : 0);
    second.dead(id -> b.dead += ofA.has(id) && !ofB.has(id) ? 1 : 0);
    if (!shown.isEmpty()) {
      documents(this::beside);
    }
  }

  private static OutputIndex index(JobRows rows, Side side) throws IOException {
    OutputIndex index = new OutputIndex();
    rows.look(
        row -> {
          side.rows++;
          index.put(row.path("id").asText(), OutputIndex.canonical(row.path("output")));
        });
    return index;
  }

  /** Sums up what counts of an output, and hands it on row by row. */
  private void sum(JobRows rows, Side side, OutputIndex own, OutputIndex other, To to)
      throws IOException {
    rows.each(
        row -> {
          String id = row.path("id").asText();
          if (!other.has(id)) {
            side.alone += own.isTwice(id) ? 0 : 1;
          }
          if (isOnce(own, id) && isOnce(other, id)) {
            side.add(row);
            judge(side, row);
            to.take(id, row);
          }
        });
  }

  private static boolean isOnce(OutputIndex index, String id) {
    return index.has(id) && !index.isTwice(id);
  }

  private void beside(String id, JsonNode document) {
    Differs differs = shown.get(id);
    if (differs != null) {
      differs.document = document;
      differs.expected = expectedIn(document);
    }
  }

  List<Differs> shown() {
    return new ArrayList<>(shown.values());
  }

  /** The share of ids in both that have the same output; null where there are none. */
  @Nullable Share agreement() {
    return both == 0 ? null : Share.of(same, both);
  }

  private void judge(Side side, JsonNode row) {
    String id = row.path("id").asText();
    if (answers != null) {
      boolean known = answers.has(id) && !answers.isTwice(id);
      side.judged += known ? 1 : 0;
      side.right += known && answers.isSame(id, answer(row)) ? 1 : 0;
      return;
    }
    String right = expectedOf(row);
    if (right != null) {
      side.judged++;
      side.right += right.equals(answer(row)) ? 1 : 0;
    }
  }

  private @Nullable String expectedOf(JsonNode row) {
    return expectedIn(row.path("document"));
  }

  private @Nullable String expectedIn(JsonNode document) {
    JsonNode value = expected == null ? document.path("") : document.path(expected);
    return value.isMissingNode() || value.isNull() ? null : OutputIndex.canonical(value).strip();
  }

  /** The output, or of an object its field of the name that the document has it under. */
  private String answer(JsonNode row) {
    JsonNode output = row.path("output");
    return OutputIndex.canonical(
            output.isObject() && expected != null ? output.path(expected) : output)
        .strip();
  }
}
