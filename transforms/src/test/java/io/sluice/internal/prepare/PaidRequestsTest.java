package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.spi.Request;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Requests and fingerprints as the ledgers of this world have them, letter by letter. One that
 * comes out in another way is paid for again by everybody: the expected text here never changes.
 */
class PaidRequestsTest {
  private static final String TEXT = "The printer is on fire, “again” – 3.50 € lost";
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"topic\":{\"type\":\"string\",\"maxLength\":9}},"
          + "\"required\":[\"topic\"],\"additionalProperties\":false}";

  private static Provider provider(String kind, String baseUrl) {
    return new Provider(kind, baseUrl, KeySource.NONE);
  }

  private static ModelTask task(String kind, String baseUrl, String model, Prompt prompt) {
    return ModelTask.of("ticket topics", provider(kind, baseUrl), model, prompt);
  }

  private static Request request(ModelTask task) {
    try {
      return new RequestBuilder(task)
          .build((ObjectNode) new ObjectMapper().readTree("{\"text\": \"" + TEXT + "\"}"));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * @param body with ' for " and TEXT for the document's text
   */
  private static void check(ModelTask task, String fingerprint, String body) {
    Request request = request(task);
    assertThat(request.body(), is(body.replace('\'', '"').replace("TEXT", TEXT)));
    assertThat(request.fingerprint(), is(fingerprint));
  }

  @Test
  void chat() {
    check(
        task("openai", "https://api.openai.com/v1/", "gpt-4o-mini", new Prompt("Sort.", "{{text}}"))
            .withParameters("{\"top_p\": 0.10, \"max_tokens\": 20, \"a\": {\"z\": 1, \"b\": 2e1}}"),
        "4b8a5d79aa97e988f4b069b6550f56b3860eb6a9655f150ddb240c4e235f7339",
        "{'model':'gpt-4o-mini','messages':[{'role':'system','content':'Sort.'},"
            + "{'role':'user','content':'TEXT'}],'a':{'b':2E+1,'z':1},'max_tokens':20,'top_p':0.10}");
  }

  @Test
  void chat_withASchema() {
    check(
        task("openai", "http://localhost:8000/v1", "llama", new Prompt(null, "Ask: {{text}}"))
            .withOutput(Output.ofJson(SCHEMA)),
        "7ff17a773695df986e90b1f19c0abfb72de2042957e225d143fb40a6051d6292",
        "{'model':'llama','messages':[{'role':'user','content':'Ask: TEXT'}],"
            + "'response_format':{'type':'json_schema','json_schema':{'name':'ticket_topics',"
            + "'strict':false,'schema':{'type':'object','properties':{'topic':{'type':'string',"
            + "'maxLength':9}},'required':['topic'],'additionalProperties':false}}}}");
  }

  @Test
  void embeddings() {
    check(
        task(
                "openai",
                "https://api.openai.com/v1",
                "text-embedding-3-small",
                new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withParameters("{\"dimensions\": 256}"),
        "2e91eebeb8dfa3b68b27f3d375c20bdc1bb2c893e8250e44215e83d869878123",
        "{'model':'text-embedding-3-small','input':'TEXT','dimensions':256}");
  }

  @Test
  void messages() {
    check(
        task(
            "anthropic",
            "https://api.anthropic.com",
            "claude-haiku-4-5",
            new Prompt("Sort.", "{{text}}")),
        "93a24f754c06be18c3c8e27926a3528518d6d17f1b9f8e49eb109ff7e11331ab",
        "{'model':'claude-haiku-4-5','system':[{'type':'text','text':'Sort.',"
            + "'cache_control':{'type':'ephemeral'}}],'messages':[{'role':'user','content':'TEXT'}],"
            + "'max_tokens':1024}");
  }

  @Test
  void messages_withASchema() {
    check(
        task("anthropic", "http://h/x//", "claude-sonnet-4-5", new Prompt(null, "{{text}}"))
            .withParameters(
                "{\"temperature\": 0.0, \"max_tokens\": 30, \"output_config\": {\"effort\": \"low\"}}")
            .withOutput(Output.ofJson(SCHEMA)),
        "190d782cd8a77c3df6a87583e0f8ddef1cc29e34830072f8f535f8f51b772b95",
        "{'model':'claude-sonnet-4-5','messages':[{'role':'user','content':'TEXT'}],"
            + "'max_tokens':30,'output_config':{'effort':'low','format':{'type':'json_schema','schema':"
            + "{'type':'object','properties':{'topic':{'type':'string','description':'{maxLength: 9}'}},"
            + "'required':['topic'],'additionalProperties':false}}},'temperature':0.0}");
  }

  @Test
  void localLabels() {
    check(
        task("local", "", "all-minilm-l6-v2-q", new Prompt(null, "{{text}}"))
            .withOutput(new Output(OutputType.LABEL, List.of("bug", "praise"), null, false)),
        "46691075436e08477a19738756506da40653170db01638143115ee33bac65f5e",
        "{'model':'all-minilm-l6-v2-q','input':'TEXT','labels':['bug','praise']}");
  }

  @Test
  void localVectors() {
    check(
        task("local", "", "all-minilm-l6-v2-q", new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED),
        "07022d8e10fa33b8e555a3ed9d85065eff24d4579f9ec6320479608596f1f1a2",
        "{'model':'all-minilm-l6-v2-q','input':'TEXT'}");
  }
}
