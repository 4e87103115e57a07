package io.sluice.spi;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ScriptedServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The part of {@link ProviderContractTest} that is about a server whose words are broken at random:
 * whatever comes is an end of its call that can be counted and kept, without the key in it, and a
 * batch that may be there is not created again.
 */
public abstract class BrokenContract extends ContractFixture {
  private static final int USUAL = 60;
  private static final Usage USAGE = new Usage(7, 1, 3);

  @TempDir Path brokenDirectory;

  private final Breakage breakage = new Breakage(BatchRig.KEY);

  private Answer broken(String body) {
    return broken(breakage.status(), body);
  }

  private Answer broken(int status, String body) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = breakage.upTo(4); i > 0; i--) {
      String[] header = breakage.header();
      headers.put(header[0], header[1]);
    }
    return new Answer(status, breakage.of(body)).withHeaders(headers);
  }

  /** What a server may say to a call: an answer, one that is none, and its own words of trouble. */
  private String said() {
    List<String> all = new ArrayList<>();
    all.add(answer("{\"label\":\"a\"}", USAGE));
    for (NotAnAnswer way : NotAnAnswer.values()) {
      if (supports(way)) {
        all.add(notAnAnswer(way));
      }
    }
    for (Trouble trouble : Trouble.values()) {
      all.add(trouble(trouble, "try again in 1m5.2s, " + BatchRig.KEY).body());
    }
    return breakage.one(all);
  }

  private Caller open(ScriptedServer server, Operation operation) {
    return Providers.of(kind())
        .open(
            new Connection(
                new Provider(kind(), server.url() + basePath(), KeySource.NONE)
                    .withSettings(settings())
                    .withService(service()),
                operation,
                "m-1",
                ApiKey.of(BatchRig.KEY),
                Duration.ofSeconds(20),
                4));
  }

  @Test
  void brokenReplies_areEndsOfTheirCalls() throws IOException {
    assumeTrue(supportsServer());
    try (ScriptedServer server = new ScriptedServer();
        Caller caller = open(server, Operation.CHAT)) {
      for (int round = 0; round < Breakage.rounds(USUAL); round++) {
        Answer answer = broken(said());
        server.nowOn(route(Operation.CHAT), answer);
        try {
          breakage.settled(caller.call(BatchRig.request(round)));
        } catch (RuntimeException | Error e) {
          throw breakage.kept(kind(), round, answer.toString(), e);
        }
      }
    }
  }

  @Test
  void brokenEmbeddings_areAsManyAsWereAskedFor() throws IOException {
    assumeTrue(supportsServer() && supportsEmbeddings());
    try (ScriptedServer server = new ScriptedServer();
        Caller caller = open(server, Operation.EMBED)) {
      int asked = Math.min(3, caller.packs().requests());
      List<Request> requests = new ArrayList<>();
      List<float @Nullable []> vectors = new ArrayList<>();
      for (int i = 0; i < asked; i++) {
        requests.add(BatchRig.request(i));
        vectors.add(new float[] {i, 0.5f});
      }
      for (int round = 0; round < Breakage.rounds(USUAL); round++) {
        Answer answer =
            breakage.upTo(4) == 0
                ? broken(trouble(Trouble.RATE_LIMITED, "x").body())
                : broken(200, embeddings(vectors, 5));
        server.nowOn(route(Operation.EMBED), answer);
        try {
          List<Reply> replies =
              asked == 1 ? List.of(caller.call(requests.get(0))) : caller.callPacked(requests);
          assertThat(replies.size(), is(asked));
          replies.forEach(breakage::settled);
        } catch (RuntimeException | Error e) {
          throw breakage.kept(kind() + ", embeddings", round, answer.toString(), e);
        }
      }
    }
  }

  private String shown(State state) {
    return shown(new Shown("b1", state, 3, true));
  }

  private String brokenLines() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String id = BatchRig.customId(i);
      lines
          .append(
              breakage.of(
                  breakage.one(
                      List.of(
                          answeredLine(id, "yes", USAGE),
                          notAnAnswerLine(id, NotAnAnswer.CUT),
                          expiredLine(id),
                          refusedLine(id)))))
          .append('\n');
    }
    return lines.toString();
  }

  private BatchRig rig() throws IOException {
    assumeTrue(supportsBatches());
    BatchRig rig =
        new BatchRig(
            kind(), basePath(), settings(), service(), brokenDirectory, Duration.ofSeconds(20));
    acceptUploads(rig.server);
    return rig;
  }

  private void ended(String what, int round, String said, Attempt attempt) throws Exception {
    try {
      attempt.make();
    } catch (BatchException e) {
      breakage.shown(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      throw breakage.kept(kind() + ", " + what, round, said, e);
    }
  }

  private interface Attempt {
    void make() throws Exception;
  }

  @Test
  void brokenBatches_areReadOrRefused() throws Exception {
    try (BatchRig rig = rig()) {
      for (int round = 0; round < Breakage.rounds(USUAL); round++) {
        String state = shown(breakage.one(List.of(State.values())));
        Answer status = broken(200, state);
        rig.server.nowOn(pollRoute("b1"), status);
        ended("status", round, status.toString(), () -> rig.client.poll("b1").counts().finished());
        Answer list = broken(200, listed(List.of(new Shown("b1", State.COMPLETED, 3, true))));
        rig.server.nowOn(batchRoutes().list(), list);
        ended(
            "list",
            round,
            list.toString(),
            () -> rig.client.findOrphans(BatchRig.INTENT, id -> false));
        rig.server.nowOn(pollRoute("b1"), new Answer(200, shown(State.COMPLETED)));
        BatchStatus batch = rig.client.poll("b1");
        String lines = brokenLines();
        rig.server.nowOn(resultsRoute("b1"), new Answer(200, lines));
        List<ResultLine> read = new ArrayList<>();
        ended(
            "results",
            round,
            lines,
            () -> {
              rig.client.results(BatchRig.INTENT, batch, read::add);
            });
        for (ResultLine line : read) {
          ended("results", round, lines, () -> breakage.settled(line.reply()));
        }
      }
    }
  }

  /** Nobody has lied in the list: what is in it was made by the creation that broke. */
  @Test
  void brokenCreation_ofABatchThatIsInTheList_isNotMadeAgain() throws Exception {
    for (int round = 0; round < Breakage.rounds(USUAL / 3); round++) {
      try (BatchRig rig = rig()) {
        Answer answer = broken(200, shown(State.IN_PROGRESS));
        rig.server.on(batchRoutes().create(), answer);
        rig.server.on(
            batchRoutes().list(),
            200,
            listed(List.of(new Shown("b1", State.IN_PROGRESS, 2, true))));
        ended("creation", round, answer.toString(), () -> rig.submit(2));
        assertThat(
            answer.toString(), rig.server.count(batchRoutes().create()), is(lessThanOrEqualTo(1L)));
      }
    }
  }
}
