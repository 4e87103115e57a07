package io.sluice.internal.answers;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Price;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static @Nullable Usage usage(String usage) {
    return Usages.in(json("{\"usage\":" + usage + "}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # input, cached, output, written
          # OpenAI
          {"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":40}}|1117|1024|46|0
          # OpenAI's responses
          {"input_tokens":75,"input_tokens_details":{"cached_tokens":8},"output_tokens":1186,"output_tokens_details":{"reasoning_tokens":1024},"total_tokens":1261}|75|8|1186|0
          # OpenAI, gpt-5.6
          {"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":60}}|100|20|5|60
          # Anthropic
          {"input_tokens":50,"cache_creation_input_tokens":7,"cache_read_input_tokens":4096,"output_tokens":12}|4153|4096|12|7
          # Anthropic, what was written by how long it is kept
          {"input_tokens":50,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":3,"other":4},"output_tokens":12}|57|0|12|7
          # LiteLLM: Anthropic's names beside OpenAI's
          {"prompt_tokens":4153,"completion_tokens":12,"total_tokens":4165,"cache_creation_input_tokens":7,"cache_read_input_tokens":4096}|4153|4096|12|7
          # watsonx.ai, Titan, and others
          {"input_token_count":10,"generated_token_count":5}|10|0|5|0
          {"inputTextTokenCount":10,"outputTextTokenCount":5}|10|0|5|0
          {"prompt_token_count":10,"generation_token_count":5}|10|0|5|0
          {"num_prompt_tokens":"10","num_completion_tokens":5.0,"total_tokens":15}|10|0|5|0
          # DeepSeek
          {"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"prompt_cache_hit_tokens":900,"prompt_cache_miss_tokens":100}|1000|900|10|0
          # Moonshot
          {"prompt_tokens":19,"completion_tokens":21,"total_tokens":40,"cached_tokens":10}|19|10|21|0
          # xAI: reasoning is in the total alone
          {"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}|32|0|103|0
          # reasoning that cannot be inside, without a total
          {"prompt_tokens":32,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":94}}|32|0|103|0
          # a total that says more, without a reason
          {"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}|10|0|30|0
          # a total that says less
          {"prompt_tokens":10,"completion_tokens":5,"total_tokens":3}|10|0|5|0
          # Bedrock
          {"inputTokens":10,"outputTokens":5,"totalTokens":115,"cacheReadInputTokens":100,"cacheWriteInputTokens":0}|110|100|5|0
          # caches that contradict each other: the dearer
          {"prompt_tokens":100,"completion_tokens":5,"prompt_cache_hit_tokens":90,"prompt_tokens_details":{"cached_tokens":20}}|100|20|5|0
          # more from the cache than there was: the input leaves it out
          {"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":900}}|1000|900|5|0
          # fractions and texts
          {"prompt_tokens":"7","completion_tokens":2.5,"total_tokens":"9.5"}|7|0|3|0
          # embeddings
          {"prompt_tokens":8,"total_tokens":8}|8|0|0|0
          # nulls are absent
          {"prompt_tokens":7,"completion_tokens":3,"total_tokens":null,"prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":null}}|7|0|3|0
          # Cohere, compatible
          {"tokens":{"input_tokens":43,"output_tokens":7},"billed_units":{"input_tokens":40,"output_tokens":7}}|43|0|7|0
          """)
  void everyProvidersNames(String usage, long input, long cached, long output, long written) {
    Usage read = Objects.requireNonNull(usage(usage));
    // How long what is written is kept has a test of its own.
    assertThat(
        read, is(new Usage(input, cached, output, written, read.longCacheWriteTokens(), null)));
  }

  @Test
  void whatIsWrittenForAnHour_isToldApart() {
    assertThat(
        usage(
            "{\"input_tokens\":50,\"output_tokens\":12,\"cache_creation_input_tokens\":7,"
                + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":3,"
                + "\"ephemeral_1h_input_tokens\":4}}"),
        is(new Usage(57, 0, 12, 7, 4, null)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":20,"cachedContentTokenCount":4,"totalTokenCount":35}}|10|4|25
          {"prompt_eval_count":26,"eval_count":290}|26|0|290
          {"meta":{"tokens":{"input_tokens":43,"output_tokens":7}}}|43|0|7
          {"choices":[{"usage":{"prompt_tokens":3,"completion_tokens":4}}]}|3|0|4
          {"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":4}}}|3|0|4
          """)
  void whereverItStands(String body, long input, long cached, long output) {
    assertThat(Usages.in(json(body)), is(new Usage(input, cached, output)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "null",
        "[]",
        "\"7\"",
        "{\"prompt_tokens\":0,\"completion_tokens\":0}",
        "{\"prompt_tokens\":-1,\"completion_tokens\":3}",
        "{\"prompt_tokens\":7,\"completion_tokens\":-3}",
        "{\"prompt_tokens\":7,\"completion_tokens\":1e30}",
        "{\"prompt_tokens\":7,\"completion_tokens\":123456789012345678901234567890}",
        "{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":9223372036854775807}",
        "{\"prompt_tokens\":\"NaN\",\"completion_tokens\":3}",
        "{\"prompt_tokens\":\"1e999999999\",\"completion_tokens\":3}",
        "{\"prompt_tokens\":\"many\",\"completion_tokens\":3}",
        "{\"prompt_tokens\":{},\"completion_tokens\":[3]}",
        "{\"prompt_tokens\":true,\"completion_tokens\":3}",
        "{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":-5}"
      })
  void whatCannotBe_isNotSaid_soThatTheWorstCaseIsCharged(String usage) {
    assertThat(usage(usage), is(nullValue()));
  }

  @Test
  void aCallWithoutOutput_countsEverythingAsInput() {
    assertThat(
        Usages.ofInputs(json("{\"usage\":{\"prompt_tokens\":5,\"total_tokens\":9}}")),
        is(new Usage(9, 0, 0)));
    assertThat(Usages.ofInputs(json("{}")), is(nullValue()));
  }

  /**
   * Nothing that a server writes there throws, or makes a cost that is negative or beyond reason.
   */
  @Test
  void anyNumbers_giveACostOrNone() {
    Price price =
        new Price(BigDecimal.ONE, new BigDecimal("0.1"), BigDecimal.TEN, null, null, null, null);
    String[] names = {
      "prompt_tokens",
      "completion_tokens",
      "total_tokens",
      "input_tokens",
      "output_tokens",
      "prompt_cache_hit_tokens",
      "cache_read_input_tokens",
      "cache_creation_input_tokens",
      "reasoning_tokens",
      "cached_tokens"
    };
    String[] values = {
      "0",
      "1",
      "7",
      "1000000",
      "-1",
      "2.5",
      "1e9",
      "1e10",
      "1e300",
      "-0.0",
      "null",
      "\"3\"",
      "\"x\"",
      "[]",
      "{}",
      "true",
      "9223372036854775807",
      "18446744073709551616",
      "0.0000001"
    };
    Random random = new Random(18);
    for (int i = 0; i < 50_000; i++) {
      StringBuilder usage = new StringBuilder("{\"u\":0");
      for (String name : names) {
        if (random.nextInt(3) == 0) {
          usage
              .append(",\"")
              .append(name)
              .append("\":")
              .append(values[random.nextInt(values.length)]);
        }
      }
      Usage read = usage(usage.append('}').toString());
      if (read != null) {
        BigDecimal cost = price.cost(read);
        assertThat(usage.toString(), cost.signum(), is(greaterThanOrEqualTo(0)));
        assertThat(usage.toString(), cost, is(lessThanOrEqualTo(new BigDecimal(50_000))));
      }
    }
  }

  private static Usage used(String body) throws Exception {
    return Objects.requireNonNull(Usages.in(new ObjectMapper().readTree(body)));
  }

  @Test
  void tierThatServed_isReadBesideTheUsage() throws Exception {
    String usage = "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}";
    assertThat(used("{\"service_tier\":\"flex\"," + usage).tier(), is(Tier.FLEX));
    assertThat(used("{\"service_tier\":\"default\"," + usage).tier(), is(Tier.STANDARD));
    assertThat(used("{\"service_tier\":\"priority\"," + usage).tier(), is(Tier.PRIORITY));
    assertThat(used("{\"service_tier\":\"auto\"," + usage).tier(), is(nullValue()));
    assertThat(used("{" + usage), is(new Usage(7, 0, 3)));
    assertThat(
        used("{\"serviceTier\":{\"type\":\"flex\"},\"usage\":{\"inputTokens\":7,\"outputTokens\":3}}")
            .tier(),
        is(Tier.FLEX));
    assertThat(
        "committed capacity is no other price",
        used("{\"usage\":{\"input_tokens\":7,\"output_tokens\":3,\"service_tier\":"
                + "\"priority\"}}")
            .tier(),
        is(nullValue()));
  }

  @Test
  void whatIsKeptForAnHour_isToldFromWhatIsKeptForMinutes() throws Exception {
    assertThat(
        used(
            "{\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":300,"
                + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":100,"
                + "\"ephemeral_1h_input_tokens\":200},\"output_tokens\":5}}"),
        is(new Usage(310, 0, 5, 300, 200, null)));
    assertThat(
        used(
            "{\"usage\":{\"inputTokens\":10,\"cacheWriteInputTokens\":300,\"cacheDetails\":["
                + "{\"ttl\":\"5m\",\"inputTokens\":100},{\"ttl\":\"1h\",\"inputTokens\":200}],"
                + "\"outputTokens\":5,\"totalTokens\":315}}"),
        is(new Usage(310, 0, 5, 300, 200, null)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}|
          # reasoning outside, and told as that
          {"prompt_tokens":7,"completion_tokens":3,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":5}}|
          {"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":20,"totalTokenCount":35}|
          {"prompt_tokens":7,"total_tokens":7}|
          {"input_tokens":50,"cache_read_input_tokens":900,"output_tokens":12}|
          {"inputTokens":10,"cacheReadInputTokens":300,"outputTokens":5,"totalTokens":315}|
          {"prompt_tokens":7,"completion_tokens":3,"total_tokens":15}|a total of 15 with an input of 7 and an output of 3
          {"prompt_tokens":7,"completion_tokens":3,"total_tokens":9}|a total of 9 with an input of 7 and an output of 3
          {"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":900}}|an input of 100 with 900 of it in the cache
          {"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":9},"cache_read_input_tokens":8}|9 from the cache by one name, 8 by another
          """)
  void numbersThatContradictEachOther_areTold(String usage, @Nullable String words) {
    assertThat(Usages.contradiction(json("{\"usage\":" + usage + "}")), is(words));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"prompt_token_details\":{\"cached_tokens\":4}",
        "\"num_cached_tokens\":4",
        "\"cached_tokens\":4",
        "\"prompt_cache_hit_tokens\":4,\"prompt_cache_miss_tokens\":3"
      })
  void hitsOfACache_haveManyNames(String cached) {
    assertThat(
        usage("{\"prompt_tokens\":7,\"completion_tokens\":3," + cached + "}"),
        is(new Usage(7, 4, 3)));
  }
}
