package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.Source;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.ledger.Ledger;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A job that is run again asks nothing but its dead letters: that they fail again is theirs. */
@Timeout(60)
class GivenUpBeforeTest {
  private static final int ROWS = 200;
  private static final String KEY = "Cannot parse 'api key not valid'";

  @TempDir Path directory;

  private int runs;

  /** One in ten is refused, or breaks the server. */
  private static boolean isOdd(int row) {
    return row % 10 == 3;
  }

  private static List<PreparedDocument> rows(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new PreparedDocument(
                    new Document("d" + i, null, "{}", new Source("f", i)),
                    new Request(
                        String.format(Locale.ROOT, "%08x", 7_919_000 * (i + 1)).repeat(8),
                        String.valueOf(i),
                        10,
                        20),
                    ""))
        .toList();
  }

  /** How many rows ended how, in a run on the ledger of those before. */
  private Map<String, Long> run(FakeModel model) throws InterruptedException {
    return run(model, rows(ROWS));
  }

  private Map<String, Long> run(FakeModel model, List<PreparedDocument> rows)
      throws InterruptedException {
    CallSettings settings = CallSettings.ofRun("run" + runs++).withLedger(directory.toString());
    try (Ledger ledger = Journal.ledger(TASK, settings);
        EngineRig rig = new EngineRig()) {
      Journal journal = Journal.of(ledger, TASK, settings, Tally.of(0));
      CallEngine engine = rig.engine(Job.of(TASK, journal, new Spending(null, null)), model);
      Map<String, Finished> ends = EngineRig.run(engine, rows);
      return ends.values().stream()
          .collect(Collectors.groupingBy(end -> String.valueOf(kind(end)), Collectors.counting()));
    }
  }

  private static FakeModel answering(IntFunction<Reply> odd) {
    return new FakeModel(
        request -> {
          int row = Integer.parseInt(request.body());
          return isOdd(row) ? odd.apply(row) : FakeModel.answer("fine");
        });
  }

  static List<Reply.Failed> failures() {
    return List.of(
        FakeModel.refused("Invalid character in input"),
        FakeModel.refused(KEY).judged(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, KEY),
        FakeModel.failure(ErrorKind.SERVER_ERROR, Scope.ROW, true, null),
        FakeModel.failure(ErrorKind.TRANSPORT, Scope.ROW, true, null));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void deadLettersThatFailAgainStopNoAccount(Reply.Failed failure) throws Exception {
    Map<String, Long> first = run(answering(row -> failure));
    assertThat(first.get("null"), is(180L));

    Map<String, Long> second = run(answering(row -> failure));
    assertThat(second, equalTo(first));
  }

  /** What they fail of now is not what they failed of: it is all that is known of the account. */
  @Test
  void anotherFailureThanBeforeIsJudgedAnew() throws Exception {
    run(answering(row -> FakeModel.refused("Invalid character in input")));

    FakeModel unpaid =
        answering(row -> FakeModel.failure(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, null));
    assertThat(run(unpaid), is(Map.of("null", 180L, "ACCOUNT", 20L)));
    assertThat(unpaid.calls().size(), lessThanOrEqualTo(10));
  }

  /** Rows that are new fail, too: those of before do not speak for them. */
  @Test
  void newRowsThatAllFailAlikeStopTheAccount() throws Exception {
    run(answering(row -> FakeModel.refused("Unsupported parameter")));

    FakeModel refusing = new FakeModel(request -> FakeModel.refused("Unsupported parameter"));
    Map<String, Long> ends = run(refusing, rows(2 * ROWS));
    assertThat(ends.get("null"), is(180L));
    assertThat(ends.get("ACCOUNT"), greaterThanOrEqualTo((long) ROWS));
    assertThat(refusing.calls().size(), lessThanOrEqualTo(60));
  }
}
