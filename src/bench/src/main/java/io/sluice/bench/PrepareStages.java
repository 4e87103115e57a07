package io.sluice.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Fingerprint;
import io.sluice.internal.prepare.PromptTemplate;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.Request;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a document costs before its call: rendering, counting, fingerprinting, and the whole. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PrepareStages {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SENTENCE =
      "The courier rang twice on Tuesday, left no card, and the parcel is back in Leipzig. ";

  /** Characters of a document's text: a ticket, and a page. */
  @Param({"200", "4000"})
  public int characters;

  private String json = "";
  private ObjectNode document = CanonicalJson.newObject();
  private PromptTemplate template = new PromptTemplate("prompt.user", "{{text}}");
  private String prompt = "";
  private String body = "";
  private RequestBuilder requests = requests();
  private EncodedTokens tokens = EncodedTokens.ofModel("gpt-4o-mini");

  private static RequestBuilder requests() {
    return new RequestBuilder(
        ModelTask.of(
                "bench",
                new Provider("openai", "http://localhost", KeySource.NONE),
                "gpt-4o-mini",
                new ModelTask.Prompt("Say what the ticket is about.", "Ticket: {{text}}"))
            .withParameters("{\"max_tokens\": 20}"));
  }

  @Setup
  public void setup() throws JsonProcessingException {
    String text = SENTENCE.repeat(characters / SENTENCE.length() + 1).substring(0, characters);
    document = CanonicalJson.newObject().put("id", "d1").put("text", text);
    json = document.toString();
    template = new PromptTemplate("prompt.user", "Ticket: {{text}}");
    prompt = template.render(document);
    requests = requests();
    body = requests.build(document).body();
    tokens = EncodedTokens.ofModel("gpt-4o-mini");
  }

  @Benchmark
  public Object parse() throws JsonProcessingException {
    return JSON.readTree(json);
  }

  @Benchmark
  public String render() {
    return template.render(document);
  }

  @Benchmark
  public long countTokens() {
    return tokens.count(prompt);
  }

  @Benchmark
  public String fingerprint() {
    return Fingerprint.of("openai", "http://localhost", "/chat/completions", body);
  }

  @Benchmark
  public Request prepare() {
    return requests.build(document);
  }
}
