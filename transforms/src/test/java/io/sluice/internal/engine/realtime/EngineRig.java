package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.Source;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.provider.Callers;
import io.sluice.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Engines in virtual time, and rows for them. */
final class EngineRig implements AutoCloseable {
  static final long FREE = Long.MAX_VALUE;
  static final ModelTask TASK =
      ModelTask.of(
              "test",
              new Provider("openai", "http://localhost", KeySource.NONE),
              "fake",
              new ModelTask.Prompt(null, "{{text}}"))
          .withQuota(new Quota(FREE, FREE, 8, Duration.ofSeconds(1), Map.of()))
          .withChunk(new ModelTask.Chunk(100, Duration.ofSeconds(1)));

  final VirtualTime time = new VirtualTime();
  private final List<CallEngine> engines = new ArrayList<>();

  CallEngine engine(ModelTask task, FakeModel model) {
    return engine(task, model, new Spending(null, null));
  }

  CallEngine engine(ModelTask task, FakeModel model, Spending spending) {
    Journal journal = Journal.of(null, task, CallSettings.ofRun("test"), Tally.of(0));
    return engine(Job.of(task, journal, spending), model);
  }

  CallEngine engine(Job job, FakeModel model) {
    CallEngine engine = new CallEngine(job, lanes(job.task(), model), time, new Random(1), time);
    engines.add(engine);
    return time.drive(engine);
  }

  private static LaneFactory lanes(ModelTask task, FakeModel model) {
    return new LaneFactory(
        task, new Callers(task, name -> null, caller -> model), Map.of(), account -> 0);
  }

  /** An engine as it runs in a job. */
  static CallEngine onThreads(ModelTask task, FakeModel model, ExecutorService workers) {
    return on(task, model, EngineClock.real(), new CallThreads(workers));
  }

  static CallEngine on(ModelTask task, FakeModel model, EngineClock clock, Calling calling) {
    Journal journal = Journal.of(null, task, CallSettings.ofRun("test"), Tally.of(0));
    Job job = Job.of(task, journal, new Spending(null, null));
    return new CallEngine(job, lanes(task, model), clock, new Random(1), calling);
  }

  @Override
  public void close() {
    engines.forEach(CallEngine::close);
  }

  static PreparedDocument row(int number, String text, String account) {
    return new PreparedDocument(
        new Document("d" + number, account, "{}", new Source("f", number)),
        new Request(text + "@" + account, text, 10, 20),
        account);
  }

  static List<PreparedDocument> rows(int count) {
    return IntStream.range(0, count).mapToObj(i -> row(i, "text " + i, "")).toList();
  }

  /** Every row's end by its id; a row that ends twice fails. */
  static Map<String, Finished> run(CallEngine engine, List<PreparedDocument> rows)
      throws InterruptedException {
    engine.submit(rows);
    return ends(engine, rows.size());
  }

  static Map<String, Finished> ends(CallEngine engine, int rows) throws InterruptedException {
    Map<String, Finished> ends = new HashMap<>();
    while (ends.size() < rows) {
      for (Finished end : engine.takeFinished(VirtualTime.SECOND)) {
        assertThat(ends.put(end.document().id(), end) == null, is(true));
      }
    }
    assertThat(engine.takeFinished(0), is(List.of()));
    return ends;
  }

  static String output(@Nullable Finished end) {
    return end instanceof Finished.Answered answered ? answered.answer().outputJson() : "none";
  }

  static @Nullable ErrorKind kind(@Nullable Finished end) {
    return end instanceof Finished.Dead dead ? dead.deadLetter().kind() : null;
  }
}
