package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.spi.Reply;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cap on the answer is kept and said by every provider, and nothing above it is billed. */
class CapRehearsalTest {
  @ParameterizedTest
  @CsvSource({
    "openai, '', gpt-4o-mini, max_tokens, 3",
    "openai, '', gpt-5-mini, max_completion_tokens, 3",
    "openai, responses, gpt-5-mini, max_output_tokens, 10",
    "openai, responses, gpt-5-mini, max_output_tokens, 5",
    "anthropic, '', claude-haiku-4-5, max_tokens, 3",
    "gemini, '', gemini-2.5-flash, maxOutputTokens, 3",
    "gemini, '', gemini-thinks, maxOutputTokens, 3",
    "mistral, '', mistral-large-latest, max_tokens, 3",
    "mistral, '', magistral-small, max_tokens, 3",
    "bedrock, '', amazon.nova-lite-v1:0, maxTokens, 3",
    "bedrock, '', nova-thinks, maxTokens, 3"
  })
  void anAnswer_isCutAtItsCap_andSaysSo(
      String kind, String api, String model, String parameter, int cap) throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      ModelTask task =
          it.task(kind, api, model).withParameters("{\"" + parameter + "\": " + cap + "}");
      Reply.Failed reply = (Reply.Failed) ProviderRehearsal.call(task, ProviderRehearsal.KEY);
      assertThat(reply.kind(), is(ErrorKind.TRUNCATED));
      assertThat(Objects.requireNonNull(reply.usage()).outputTokens(), is((long) cap));
      assertThat(it.books().path("outputTokens").asLong(), is((long) cap));
    }
  }
}
