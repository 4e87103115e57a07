package io.sluice.simulate.mistral;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.provider.Providers;
import io.sluice.simulate.ProviderRehearsal;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Caller;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MistralRehearsalTest {
  private static final String LARGE = "mistral-large-latest";

  @TempDir Path directory;

  private static ModelTask task(ProviderRehearsal it, String model) {
    return it.task("mistral", "", model).withParameters("{\"max_tokens\":50}");
  }

  private static Reply call(ModelTask task) {
    return ProviderRehearsal.call(task, ProviderRehearsal.KEY);
  }

  @Test
  void question_isAnswered_withTheUsageThatIsBilled() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      Reply.Answered reply = (Reply.Answered) call(task(it, LARGE));
      assertThat(reply.raw(), is("Echo: some text"));
      assertThat(reply.headers().limitRequests(), is(60_000L));
      assertThat(reply.headers().limitTokens(), is(60_000_000L));
      Usage usage = Objects.requireNonNull(reply.usage());
      assertThat(it.books().path("inputTokens").asLong(), is(usage.inputTokens()));
      assertThat(it.books().path("outputTokens").asLong(), is(usage.outputTokens()));
    }
  }

  @Test
  void thoughtsInChunks_areNoPartOfTheAnswer() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      assertThat(
          ((Reply.Answered) call(task(it, "magistral-small-latest"))).raw(), is("Echo: some text"));
    }
  }

  @Test
  void answer_hasTheShapeOfTheSchema() throws Exception {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"topic\":{\"enum\":[\"a\"]}},\"required\":[\"topic\"]}";
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      ModelTask task = task(it, LARGE).withOutput(Output.ofJson(schema));
      assertThat(((Reply.Answered) call(task)).raw(), is("{\"topic\":\"a\"}"));
    }
  }

  @Test
  void wrongKeyAndUnknownModel_areTheAccounts() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      Reply.Failed key = (Reply.Failed) ProviderRehearsal.call(task(it, LARGE), "bad-key-of-mine");
      assertThat(key.kind(), is(ErrorKind.ACCOUNT));
      assertThat(key.message(), containsString("Invalid API Key"));
      assertThat(key.toString(), not(containsString("bad-key-of-mine")));
      assertThat(((Reply.Failed) call(task(it, "unknown-1"))).kind(), is(ErrorKind.ACCOUNT));
    }
  }

  @Test
  void limit_isWaitedForAsLongAsItSays() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("rate=1", "")) {
      Reply.Failed failed = (Reply.Failed) call(task(it, LARGE));
      assertThat(failed.kind(), is(ErrorKind.RATE_LIMITED));
      assertThat(failed.scope(), is(Reply.Scope.RATE));
      assertThat(failed.retryAfter(), is(nullValue()));
    }
  }

  @Test
  void embeddings_areManyACall() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      ModelTask task =
          ModelTask.of(
                  "t",
                  it.task("mistral", "", "m").provider(),
                  "mistral-embed",
                  new Prompt(null, "{{text}}"))
              .withOperation(Operation.EMBED)
              .withParameters("{\"output_dimension\":8}");
      List<Request> requests = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        requests.add(ProviderRehearsal.request(task, "text " + i));
      }
      try (Caller caller =
          Providers.of(task).open(ProviderRehearsal.connection(task, ProviderRehearsal.KEY))) {
        List<Reply> replies = caller.callPacked(requests);
        Reply.Answered alone = (Reply.Answered) caller.call(requests.get(21));
        assertThat(replies.size(), is(40));
        assertThat(((Reply.Answered) replies.get(21)).raw(), is(alone.raw()));
      }
    }
  }

  @Test
  void batch_isAnswered_foundAgain_andItsErrorsAreReadFromTexts() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "failed=0.3");
        BatchClient client = ProviderRehearsal.batches(task(it, LARGE))) {
      ModelTask task = task(it, LARGE);
      PackedBatch packed = ProviderRehearsal.packed(client, task, directory, 40);
      BatchIntent intent = packed.intent(Instant.now());
      assertThat(client.findOrphans(intent, id -> false).isNone(), is(true));
      BatchStatus batch = client.submit(intent, packed, id -> false);
      BatchStatus ended = client.poll(batch.id());
      assertThat(ended.state(), is(State.COMPLETED));
      Map<String, Reply> replies = new HashMap<>();
      client.results(intent, ended, line -> replies.put(line.customId(), line.reply()));
      assertThat(replies.size(), is(40));
      long answered = 0;
      for (int i = 0; i < 40; i++) {
        String text = "number " + i;
        String id = CustomIds.of("i1", ProviderRehearsal.request(task, text).fingerprint());
        Reply reply = Objects.requireNonNull(replies.get(id));
        if (reply instanceof Reply.Answered answer) {
          answered++;
          assertThat(answer.raw(), is("Echo: " + text));
        } else {
          Reply.Failed failed = (Reply.Failed) reply;
          assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
          assertThat(failed.status(), is(500));
          assertThat(failed.message(), containsString("Internal server error"));
        }
      }
      assertThat(answered, is(it.books().path("billed").asLong()));
      assertThat("some have failed", answered, is(not(40L)));
      assertThat(ended.counts().finished(), is(40L));
      Orphans orphans = client.findOrphans(intent, id -> false);
      assertThat(orphans.certain().stream().map(BatchStatus::id).toList(), hasItem(batch.id()));
      client.discardInput(intent, ended);
    }
  }
}
