package io.sluice.simulate.openai;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.Orphans;
import io.sluice.simulate.ProviderRehearsal;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponsesRehearsalTest {
  @TempDir Path directory;

  private static ModelTask task(ProviderRehearsal it, String model) {
    return it.task("openai", "responses", model)
        .withParameters("{\"max_output_tokens\":200,\"reasoning\":{\"effort\":\"low\"}}");
  }

  @Test
  void question_isAnsweredByItsFinalAnswer_withTheUsageThatIsBilled() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      Reply.Answered reply =
          (Reply.Answered) ProviderRehearsal.call(task(it, "gpt-5-mini"), "some-key");
      assertThat(reply.raw(), is("Echo: some text"));
      assertThat(reply.headers().limitRequests(), is(60_000L));
      Usage usage = Objects.requireNonNull(reply.usage());
      assertThat(it.books().path("inputTokens").asLong(), is(usage.inputTokens()));
      assertThat(
          "reasoning, too", it.books().path("outputTokens").asLong(), is(usage.outputTokens()));
    }
  }

  @Test
  void answer_hasTheShapeOfTheSchema() throws Exception {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"topic\":{\"enum\":[\"a\"]}},\"required\":[\"topic\"]}";
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      ModelTask task = task(it, "gpt-5-mini").withOutput(Output.ofJson(schema));
      Reply.Answered reply = (Reply.Answered) ProviderRehearsal.call(task, "some-key");
      assertThat(reply.raw(), is("{\"topic\":\"a\"}"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "overload, SERVER_ERROR",
    "length, TRUNCATED",
    "filter, CONTENT_FILTER",
    "refusal, REFUSAL",
    "empty, INVALID_OUTPUT",
    "rate, RATE_LIMITED"
  })
  void faults_areToldForWhatTheyAre(String fault, ErrorKind kind) throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal(fault + "=1", "")) {
      Reply.Failed failed =
          (Reply.Failed) ProviderRehearsal.call(task(it, "gpt-5-mini"), "some-key");
      assertThat(failed.kind(), is(kind));
    }
  }

  @Test
  void wrongKeyAndUnknownModel_areTheAccounts() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      Reply.Failed key = (Reply.Failed) ProviderRehearsal.call(task(it, "gpt-5-mini"), "bad-key");
      assertThat(key.kind(), is(ErrorKind.ACCOUNT));
      Reply.Failed model = (Reply.Failed) ProviderRehearsal.call(task(it, "unknown-1"), "some-key");
      assertThat(model.kind(), is(ErrorKind.ACCOUNT));
    }
  }

  /** An overloaded server says so with 200: in the line's status, too. */
  @Test
  void batch_isAnswered_foundAgain_andItsFailedResponsesAreNoAnswers() throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("overload=0.3", "");
        BatchClient client = ProviderRehearsal.batches(task(it, "gpt-5-mini"))) {
      ModelTask task = task(it, "gpt-5-mini");
      PackedBatch packed = ProviderRehearsal.packed(client, task, directory, 40);
      BatchIntent intent = packed.intent(Instant.now());
      BatchStatus batch = client.submit(intent, packed, id -> false);
      BatchStatus ended = client.poll(batch.id());
      assertThat(ended.state(), is(State.COMPLETED));
      Map<String, Reply> replies = new HashMap<>();
      client.results(intent, ended, line -> replies.put(line.customId(), line.reply()));
      assertThat(replies.size(), is(40));
      long answered = replies.values().stream().filter(Reply.Answered.class::isInstance).count();
      assertThat(answered, is(it.books().path("billed").asLong()));
      assertThat("some have failed", answered, is(not(40L)));
      for (int i = 0; i < 40; i++) {
        String text = "number " + i;
        String id = CustomIds.of("i1", ProviderRehearsal.request(task, text).fingerprint());
        if (Objects.requireNonNull(replies.get(id)) instanceof Reply.Answered reply) {
          assertThat(reply.raw(), is("Echo: " + text));
        }
      }
      Orphans orphans = client.findOrphans(intent, id -> false);
      assertThat(orphans.certain().stream().map(BatchStatus::id).toList(), hasItem(batch.id()));
    }
  }
}
