package io.sluice.pipeline.output;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.Source;
import io.sluice.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowLinesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final RowLines RESULTS = new RowLines(false, List.of());
  private static final RowLines WHOLE = new RowLines(true, List.of());

  private static Answer answer(String output, String id) {
    Document document = new Document(id, null, "{\"text\":\"x\"}", new Source("a.jsonl", 1));
    return new Answer(
        document,
        JSON.getNodeFactory().textNode(output).toString(),
        "m",
        "stop",
        Usage.NONE,
        null,
        1,
        1,
        ServedBy.REALTIME);
  }

  private static DeadLetter dead(String message, @Nullable String said, String document) {
    return new DeadLetter(
        new Document("d", null, document, new Source("a.jsonl", 1)),
        ErrorKind.BAD_REQUEST,
        message,
        400,
        null,
        false,
        1,
        said);
  }

  @Test
  void whatCannotBeRepresented_isReplaced_andSaid() throws IOException {
    JsonNode row = JSON.readTree(RESULTS.of(answer("half \uD83D", "d")));
    assertThat(row.path("output").asText(), is("half \uFFFD"));
    assertThat(row.path("replaced").asBoolean(), is(true));
    JsonNode dead = JSON.readTree(RowLines.of(dead("\uDE00 no", null, "{}")));
    assertThat(dead.path("error").path("message").asText(), is("\uFFFD no"));
    assertThat(dead.path("replaced").asBoolean(), is(true));
    assertThat(
        RowLines.of(dead("no", null, "{\"text\":\"\uFFFD\"}")),
        containsString("\"replaced\":true"));
    assertThat(JSON.readTree(WHOLE.of(answer("🙋", "d"))).has("replaced"), is(false));
    assertThat(JSON.readTree(RowLines.of(dead("no", "x", "{}"))).has("replaced"), is(false));
  }

  @Test
  void whatWasMended_isSaid_whereAnythingWas() throws IOException {
    Answer plain = answer("x", "d");
    Answer mended =
        new Answer(
            plain.document(),
            plain.outputJson(),
            "m",
            "stop",
            Usage.NONE,
            null,
            1,
            1,
            ServedBy.REALTIME,
            "thinking, fence");
    assertThat(JSON.readTree(RESULTS.of(plain)).has("repaired"), is(false));
    assertThat(
        JSON.readTree(RESULTS.of(mended)).path("repaired").asText(), is("thinking, fence"));
  }

  @Test
  void anyTextAnywhere_isALineOfUtf8() throws IOException {
    Random random = new Random(11);
    for (int i = 0; i < 5_000; i++) {
      String any = any(random);
      String document = JSON.createObjectNode().put("text", any).toString();
      for (String line :
          new String[] {WHOLE.of(answer(any, any)), RowLines.of(dead(any, any, document))}) {
        assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(line), is(true));
        assertThat(JSON.readTree(line).isObject(), is(true));
        assertThat(line.indexOf('\n'), is(-1));
      }
    }
  }

  private static String any(Random random) {
    StringBuilder any = new StringBuilder();
    for (int length = random.nextInt(20); length > 0; length--) {
      any.append(
          (char)
              switch (random.nextInt(3)) {
                case 0 -> 0xD700 + random.nextInt(0x1000);
                case 1 -> random.nextInt(0x10000);
                default -> random.nextInt(0x80);
              });
    }
    return any.toString();
  }
}
