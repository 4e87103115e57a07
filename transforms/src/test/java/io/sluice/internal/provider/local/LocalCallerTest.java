package io.sluice.internal.provider.local;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import io.sluice.spi.TokenCounter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalCallerTest {
  private static final List<String> TOPICS =
      List.of("sports", "business", "politics", "technology");

  private final LocalCaller caller = new LocalCaller();

  private static Request request(String model, String input, List<String> labels) {
    ObjectNode body = new ObjectMapper().createObjectNode().put("model", model).put("input", input);
    if (!labels.isEmpty()) {
      labels.forEach(body.putArray("labels")::add);
    }
    return new Request("f", body.toString(), 1, 0);
  }

  private Reply.Answered answered(String input, List<String> labels) {
    Reply reply = caller.call(request(LocalCaller.MODEL, input, labels));
    assertThat(reply, instanceOf(Reply.Answered.class));
    return (Reply.Answered) reply;
  }

  private float[] vector(String input) {
    FloatBuffer buffer =
        ByteBuffer.wrap(Base64.getDecoder().decode(answered(input, List.of()).raw()))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] vector = new float[buffer.remaining()];
    buffer.get(vector);
    return vector;
  }

  private static double cosine(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> (double) a[i] * b[i]).sum();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The striker scored twice in the second half and the team won the cup. | sports",
        "Shares of the bank fell after it reported lower quarterly profits. | business",
        "The parliament passed the bill after the prime minister won the vote. | politics",
        "The company released a faster chip and new software for smartphones. | technology",
      })
  void label_isTheNearestTopic(String text, String topic) {
    Reply.Answered reply = answered(text, TOPICS);
    assertThat(reply.raw(), is(topic));
    assertThat(reply.model(), is(LocalCaller.MODEL));
    assertThat(reply.finishReason(), is("stop"));
  }

  @Test
  void embed_isAVectorOfLengthOne_nearForNearMeanings() {
    float[] cat = vector("A cat sleeps on the sofa.");
    float[] kitten = vector("A kitten naps on the couch.");
    float[] tax = vector("The tax authority changed its forms.");
    assertThat(cat.length, is(384));
    assertThat(cosine(cat, cat), closeTo(1, 1e-4));
    assertThat(cosine(cat, kitten), greaterThan(cosine(cat, tax) + 0.2));
  }

  @Test
  void embed_takesLongAndOddTexts() {
    for (String text :
        List.of("word ".repeat(3_000), "漢字 😀 <|endoftext|> [CLS] [SEP]", "x".repeat(20_000))) {
      float[] vector = vector(text);
      assertThat(cosine(vector, vector), closeTo(1, 1e-4));
    }
  }

  @Test
  void usage_countsTheInput() {
    Usage shorter = Objects.requireNonNull(answered("one two", List.of()).usage());
    Usage longer = Objects.requireNonNull(answered("one two three four five", TOPICS).usage());
    assertThat(shorter.inputTokens(), greaterThan(0L));
    assertThat(longer.inputTokens(), greaterThan(shorter.inputTokens()));
    assertThat(longer.outputTokens(), is(0L));
  }

  @Test
  void call_fromManyThreads_givesTheSameVectors() {
    List<String> texts = IntStream.range(0, 8).mapToObj(i -> "Sentence number " + i).toList();
    List<float[]> alone = texts.stream().map(this::vector).toList();
    List<Double> same =
        IntStream.range(0, 80)
            .parallel()
            .mapToObj(i -> cosine(vector(texts.get(i % 8)), alone.get(i % 8)))
            .toList();
    assertThat(same, everyItem(closeTo(1, 1e-4)));
  }

  @Test
  void unknownModel_stopsTheAccount() {
    Reply reply = caller.call(request("gpt-4o", "x", List.of()));
    assertThat(reply, instanceOf(Reply.Failed.class));
    Reply.Failed failed = (Reply.Failed) reply;
    assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
    assertThat(failed.scope(), is(Reply.Scope.ACCOUNT));
    assertThat(failed.message(), containsString(LocalCaller.MODEL));
  }

  @Test
  void badBody_isABadRequest() {
    for (Request request :
        List.of(
            new Request("f", "{", 1, 0),
            request(LocalCaller.MODEL, " ", List.of()),
            request(LocalCaller.MODEL, "\u0000", List.of()),
            request(LocalCaller.MODEL, "\u200b\u200b", List.of()),
            request(LocalCaller.MODEL, "\ud83d", List.of()))) {
      Reply reply = caller.call(request);
      assertThat(((Reply.Failed) reply).kind(), is(ErrorKind.BAD_REQUEST));
      assertThat(((Reply.Failed) reply).billing(), is(Reply.Billing.NOT_BILLED));
    }
  }

  @Test
  void interruption_isAnswered_andKept() {
    Thread.currentThread().interrupt();
    Reply reply = caller.call(request(LocalCaller.MODEL, "x", List.of()));
    assertThat(Thread.interrupted(), is(true));
    assertThat(((Reply.Failed) reply).retryable(), is(true));
  }

  @Test
  void model_loadsWhateverTheThreadsClassLoader() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(null);
    try {
      assertThat(vector("text"), is(notNullValue()));
      assertThat(thread.getContextClassLoader(), is(nullValue()));
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void tokens_areEstimatedByLength() {
    TokenCounter local = new LocalProvider().tokens(LocalCaller.MODEL);
    assertThat(local.count("four letters each"), is(5L));
    assertThat(local.count(""), is(0L));
    assertThat(local.exact(), is(false));
    assertThat(local.cut("four letters each", 2), is("four le"));
  }
}
