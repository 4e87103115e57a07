package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.EngineRig.row;
import static io.sluice.internal.engine.realtime.EngineRig.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.PackLimits;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * One request of a call for many makes it fail, in ways that do not say that it was one of them.
 */
class PackedFailuresTest {
  private static final int ROWS = 40;
  private static final int POISON = 7;

  private final EngineRig rig = new EngineRig();

  @AfterEach
  void close() {
    rig.close();
  }

  private static Reply.Failed failed(ErrorKind kind, Scope scope) {
    return new Reply.Failed(
        kind,
        scope,
        true,
        "nothing came",
        null,
        null,
        null,
        Reply.Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  @Test
  void itDiesAlone_andNoneIsAskedMoreOftenThanTheTaskSays() throws Exception {
    List<Reply.Failed> failures =
        List.of(
            NoAnswer.unreadable("answered 200 without embeddings", null, RateHeaders.NONE),
            failed(ErrorKind.TIMEOUT, Scope.LOAD),
            failed(ErrorKind.TRANSPORT, Scope.ROW));
    for (Reply.Failed failure : failures) {
      for (int attempts : new int[] {2, 3, 5}) {
        FakeModel model =
            new FakeModel(
                new PackLimits(2_048, 300_000),
                request ->
                    request.body().endsWith("poison")
                        ? failure
                        : FakeModel.answer("re: " + request.body()));
        List<PreparedDocument> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
          rows.add(row(i, "text " + i + (i == POISON ? " poison" : ""), ""));
        }
        ModelTask.Retry retry =
            new ModelTask.Retry(attempts, TASK.retry().timeout(), TASK.retry().outage());
        String what = failure.kind() + ", " + attempts + " attempts";
        Map<String, Finished> ends = run(rig.engine(TASK.withRetry(retry), model), rows);
        for (int i = 0; i < ROWS; i++) {
          Finished end = ends.get("d" + i);
          if (i == POISON) {
            assertThat(what, kind(end), is(failure.kind()));
          } else {
            assertThat(what, output(end), is("\"re: text " + i + "\""));
          }
          // Nothing at all may be an outage, until its time is over: that is not paid for.
          if (failure.kind() != ErrorKind.TRANSPORT) {
            // Once more where nothing that left later has passed by then: it may be an outage.
            assertThat(what, timesAsked(model, rows.get(i)), is(lessThanOrEqualTo(attempts + 1L)));
          }
        }
      }
    }
  }

  private static long timesAsked(FakeModel model, PreparedDocument row) {
    return model.calls().stream()
        .flatMap(List::stream)
        .filter(each -> each.body().equals(row.request().body()))
        .count();
  }
}
