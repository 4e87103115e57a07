package io.sluice.internal.stage;

import static io.sluice.internal.stage.StageRig.row;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.Source;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobLogTest {
  private static final long SECOND = 1_000_000_000L;
  private static final ModelTask TASK =
      ModelTask.of(
          "topics",
          new ModelTask.Provider(
              "openai",
              "http://models/v1",
              new ModelTask.KeySource("SOME_KEY", null),
              "Authorization",
              Map.of("x-team", "shown-to-nobody"),
              Map.of()),
          "gpt-4o-mini",
          new ModelTask.Prompt(null, "{{text}}"));

  private final List<String> lines = new ArrayList<>();
  private final JobLog.Lines here =
      new JobLog.Lines() {
        @Override
        public void info(String line) {
          lines.add(line);
        }

        @Override
        public void warn(String line) {
          lines.add("WARN " + line);
        }
      };
  private final JobLog log =
      new JobLog(
          TASK,
          CallSettings.ofRun("r1").withLedger("/ledger").withBudgetUsd(new BigDecimal("2.50")),
          here,
          0);

  private static EngineCounts counts(long sent) {
    EngineCounts counts = new EngineCounts();
    counts.seen = 100;
    counts.answered = sent;
    counts.dead = 2;
    counts.sent = sent;
    counts.rateLimited = 1;
    counts.inFlight = 7;
    counts.spent = new BigDecimal("0.0125");
    return counts;
  }

  @Test
  void itBeginsWithWhatItDoes_andNoSecret() {
    assertThat(
        lines,
        contains(
            "Task topics: run r1 begins on this worker: chat with gpt-4o-mini of openai at"
                + " http://models/v1, in real time; a quota key has 500 requests and 150000 tokens a"
                + " minute, 50 calls at once; chunks of 100; 5 attempts of 60 s; ledger /ledger;"
                + " budget 2.50 USD"));
  }

  @Test
  void eachMinuteALine_whileThereIsSomethingToDo() {
    lines.clear();
    for (int second = 0; second <= 130; second += 10) {
      log.progress(counts(second), true, 88, second * SECOND);
    }
    String tail = " turned away, 0 failed; 0.0125 USD; 7 on their way; 88% of the limits in use";
    assertThat(
        lines,
        contains(
            "Task topics: 60 answered (0 from the ledger) and 2 dead of 100 documents; 60 calls, 1"
                + tail,
            "Task topics: 120 answered (0 from the ledger) and 2 dead of 100 documents; 120 calls,"
                + " 1"
                + tail));
    lines.clear();
    EngineCounts idle = counts(120);
    idle.inFlight = 0;
    log.progress(idle, true, 0, 190 * SECOND);
    log.progress(idle, true, 0, 250 * SECOND);
    assertThat("nothing was to do", lines, hasSize(0));
  }

  @Test
  void whatHoldsItUpIsSaidOnce_andThatItGoesOn() {
    lines.clear();
    assertThat(log.isDue(0), is(true));
    EngineCounts held = counts(5);
    held.situation = "the provider is away";
    log.progress(held, false, 0, SECOND);
    assertThat("not with every call", log.isDue(5 * SECOND), is(false));
    log.progress(held, false, 0, 11 * SECOND);
    log.progress(counts(6), false, 0, 21 * SECOND);
    assertThat(
        lines,
        contains("Task topics: is held up: the provider is away", "Task topics: goes on as usual"));
  }

  private static Finished dead(@Nullable String key, ErrorKind kind) {
    Document document = new Document("d", key, "{}", new Source("f", 1));
    return new Finished.Dead(DeadLetter.unsent(document, kind, "says the provider"));
  }

  @Test
  void eachStopIsSaidOnce_withWhy() {
    lines.clear();
    log.row(dead(null, ErrorKind.TIMEOUT));
    log.row(dead(null, ErrorKind.ACCOUNT));
    log.row(dead(null, ErrorKind.ACCOUNT));
    log.row(dead("acme", ErrorKind.ACCOUNT));
    log.row(dead("acme", ErrorKind.BUDGET));
    assertThat(
        lines,
        contains(
            "WARN Task topics: stopped at the account: says the provider",
            "WARN Task topics: stopped at key acme: says the provider",
            "WARN Task topics: stopped at the budget: says the provider"));
  }

  @Test
  void aThousandAccountsThatStop_areNoThousandLines() {
    lines.clear();
    for (int i = 0; i < 1_000; i++) {
      log.row(dead("k" + i, ErrorKind.ACCOUNT));
    }
    assertThat(lines, hasSize(20));
    assertThat(lines.get(19).endsWith("(others that stop are not told)"), is(true));
  }

  @Test
  void theEnd() {
    lines.clear();
    log.end(counts(98), false, 61 * SECOND);
    assertThat(
        lines,
        contains(
            "Task topics: ends on this worker after 61 s: 98 answered (0 from the ledger) and 2 dead"
                + " of 100 documents; 98 calls, 1 turned away, 0 failed"));
  }

  /** Through the stage: a look with every row, also where a callback waits long. */
  @Test
  void theStageSaysBeginAndEnd() throws Exception {
    List<String> said;
    try (StageRig rig = new StageRig()) {
      rig.process(row(1));
      rig.engines.pass(61 * SECOND);
      rig.poll();
      rig.crash();
      said = List.copyOf(rig.engines.said());
    }
    assertThat(
        said.stream().map(line -> line.replaceFirst("( begins on this worker).*", "$1")).toList(),
        contains(
            "Task t: run run begins on this worker",
            "Task t: 0 answered (0 from the ledger) and 0 dead of 1 documents; 0 calls, 0 turned"
                + " away, 0 failed; 0 on their way; 8% of the limits in use",
            "Task t: ends on this worker after 61 s: 0 answered (0 from the ledger) and 0 dead of 1"
                + " documents; 0 calls, 0 turned away, 0 failed"));
  }
}
