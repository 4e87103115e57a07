package io.sluice.internal.engine.rows;

import com.google.common.hash.Hashing;
import io.sluice.Answer;
import io.sluice.Cascade;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Source;
import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.cascade.Corpus;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.ledger.Ledger;
import io.sluice.spi.Request;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A cascade over a model that is none, on a ledger of its own; time is the rig's. */
final class CascadeRig implements EngineClock {
  private static final int MOST_TURNS = 100_000;

  /** Of sixteen that are no letters and no digits. */
  private static final char FIRST_DIGIT = '\u2500';

  final ModelTask task;
  final CascadeEngine engine;
  final LabellingEngine below;
  final Ledger ledger;

  /** By the document's id; a row that ends twice is an error. */
  final Map<String, Finished> ends = new LinkedHashMap<>();

  /** How long the small model takes for a row. */
  long nanosPerLook;

  private long now = 1_000_000_000_000L;

  CascadeRig(
      Path directory,
      Cascade cascade,
      int mostRows,
      Function<PreparedDocument, @Nullable String> says) {
    this(directory, cascade, mostRows, says, Delivery.REALTIME, 60);
  }

  /**
   * @param atOnce rows that the task's model answers a turn
   */
  CascadeRig(
      Path directory,
      Cascade cascade,
      int mostRows,
      Function<PreparedDocument, @Nullable String> says,
      Delivery delivery,
      int atOnce) {
    this.task =
        ModelTask.of(
                "job",
                new Provider("openai", "http://localhost:1/v1", KeySource.NONE),
                "m",
                new Prompt(null, "{{v}}"))
            .withOutput(Output.ofLabels("0", "1", "2"))
            .withDelivery(delivery)
            .withCascade(cascade);
    this.ledger =
        Ledger.open(
            new Ledger.Options(
                directory.toString(), "job", "run", partition -> true, InstantSource.system()));
    Journal journal = Journal.of(ledger, task, CallSettings.ofRun("run"), Tally.of(0));
    this.below = new LabellingEngine(ledger, says, atOnce);
    this.engine =
        new CascadeEngine(
            below,
            task,
            new Cascading<>(cascade, mostRows, Long.MAX_VALUE),
            new Sight(task, this::look),
            journal,
            this);
  }

  private float[] look(String text) {
    now += nanosPerLook;
    return vector(text);
  }

  /** The text of a row is the numbers of its vector, written so that they are no words. */
  private static float[] vector(String text) {
    float[] vector = new float[Corpus.DIMENSIONS];
    String digits = text.trim();
    for (int i = 0; i < vector.length && digits.length() == 8 * vector.length; i++) {
      int bits = 0;
      for (int k = 0; k < 8; k++) {
        bits = bits << 4 | digits.charAt(8 * i + k) - FIRST_DIGIT;
      }
      vector[i] = Float.intBitsToFloat(bits);
    }
    return vector;
  }

  private static String text(float[] vector) {
    StringBuilder text = new StringBuilder();
    for (float number : vector) {
      int bits = Float.floatToIntBits(number);
      for (int k = 28; k >= 0; k -= 4) {
        text.append((char) (FIRST_DIGIT + (bits >>> k & 15)));
      }
    }
    return text.toString();
  }

  /** Rows of a corpus. */
  static List<PreparedDocument> rows(List<Corpus.Row> corpus) {
    List<PreparedDocument> rows = new ArrayList<>();
    for (Corpus.Row row : corpus) {
      rows.add(row(row, row.id()));
    }
    return rows;
  }

  /** A row that asks what others of its vector ask. */
  static PreparedDocument row(Corpus.Row row, String id) {
    String text = text(row.vector());
    Document document = new Document(id, null, "{\"v\":\"" + text + "\"}", new Source(id, 1));
    String fingerprint = Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString();
    return new PreparedDocument(document, new Request(fingerprint, "{}", 10, 5), "");
  }

  /** What the task's model says of a corpus. */
  static Map<String, Integer> labels(List<Corpus.Row> corpus) {
    Map<String, Integer> labels = new HashMap<>();
    corpus.forEach(row -> labels.put(row(row, "").request().fingerprint(), row.label()));
    return labels;
  }

  /**
   * Gives rows as a runner does: chunk by chunk, as long as more are wanted.
   *
   * @param turns how many at most; it is killed then
   */
  CascadeRig run(List<PreparedDocument> rows, int turns) throws InterruptedException {
    int at = 0;
    boolean ended = false;
    for (int turn = 0; turn < turns && ends.size() < rows.size(); turn++) {
      while (at < rows.size() && wantsMore()) {
        int to = Math.min(rows.size(), at + 100);
        engine.submit(rows.subList(at, to));
        at = to;
      }
      if (at == rows.size() && !ended) {
        ended = true;
        engine.inputEnded();
      }
      turn();
    }
    return this;
  }

  private boolean wantsMore() {
    Held held = new Held(Long.MAX_VALUE);
    engine.addTo(held);
    return held.wantsMore();
  }

  void turn() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      engine.look();
    }
    for (Finished end : engine.takeFinished(1)) {
      Finished before = ends.put(end.document().id(), end);
      if (before != null) {
        throw new AssertionError("Ended twice: " + before + " and " + end);
      }
    }
  }

  CascadeRig run(List<PreparedDocument> rows) throws InterruptedException {
    return run(rows, MOST_TURNS);
  }

  void pass(long nanos) {
    now += nanos;
  }

  Answer answer(String id) {
    return ((Finished.Answered) Objects.requireNonNull(ends.get(id))).answer();
  }

  long count(Answer.ServedBy by) {
    return ends.values().stream()
        .filter(end -> end instanceof Finished.Answered of && of.answer().servedBy() == by)
        .count();
  }

  @Override
  public long epochNanos() {
    return now;
  }

  @Override
  public void await(Object monitor, long nanos) {
    now += nanos;
  }
}
