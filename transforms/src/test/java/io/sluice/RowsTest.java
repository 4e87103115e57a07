package io.sluice;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.arrayContaining;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.schemas.transforms.Select;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.Row;
import org.junit.jupiter.api.Test;

class RowsTest {
  private static final Document DOCUMENT =
      new Document("d1", "acme", "{\"text\":\"late\"}", new Source("in.csv", 7));

  private static Answer answer(String outputJson) {
    return new Answer(
        DOCUMENT,
        outputJson,
        "m-1",
        "stop",
        new Usage(10, 2, 3, 1),
        new BigDecimal("0.001"),
        2,
        345,
        Answer.ServedBy.LEDGER);
  }

  private static Map<String, Object> fields(Row row) {
    Map<String, Object> fields = new LinkedHashMap<>();
    row.getSchema().getFieldNames().forEach(name -> fields.put(name, row.getValue(name)));
    return fields;
  }

  @Test
  void answersAreRows_thatOtherTransformsUnderstand() {
    Pipeline pipeline = Pipeline.create();
    PCollection<Row> rows =
        pipeline
            .apply(
                Create.of(answer("\"praise\""), answer("{\"mood\":1}")).withCoder(AnswerCoder.of()))
            .apply(Rows.ofAnswers());
    PAssert.that(rows.apply(Select.fieldNames("id", "output", "costUsd", "servedBy")))
        .satisfies(
            selected -> {
              List<List<Object>> values = new ArrayList<>();
              selected.forEach(row -> values.add(row.getValues()));
              assertThat(
                  values.stream().map(Object::toString).sorted().toList(),
                  is(List.of("[d1, praise, 0.001, ledger]", "[d1, {\"mood\":1}, 0.001, ledger]")));
              return null;
            });
    pipeline.run().waitUntilFinish();
  }

  @Test
  void anAuditedAnswer_hasBoth() {
    Pipeline pipeline = Pipeline.create();
    Answer audited =
        answer("\"praise\"").withCascaded(new Answer.Cascaded("1-ab", 0.75, "\"bug\""));
    PAssert.that(
            pipeline
                .apply(Create.of(audited, answer("\"other\"")).withCoder(AnswerCoder.of()))
                .apply(Rows.ofAnswers()))
        .satisfies(
            rows -> {
              List<String> values = new ArrayList<>();
              rows.forEach(
                  row ->
                      values.add(
                          row.getValue("output")
                              + " "
                              + row.getValue("cascadeVersion")
                              + " "
                              + row.getValue("cascadeProbability")
                              + " "
                              + row.getValue("cascadeOutput")));
              assertThat(
                  values.stream().sorted().toList(),
                  is(List.of("other null null null", "praise 1-ab 0.75 bug")));
              return null;
            });
    pipeline.run().waitUntilFinish();
  }

  @Test
  void anAnswerOfAnotherModel_saysWhose() {
    Answer other =
        new Answer(
            DOCUMENT,
            "\"late\"",
            "m-2",
            "stop",
            new Usage(1, 0, 1),
            null,
            1,
            5,
            Answer.ServedBy.REALTIME,
            "fence",
            "anthropic",
            1,
            "{\"field\":\"text\"}",
            null);
    Pipeline pipeline = Pipeline.create();
    PAssert.that(
            pipeline
                .apply(Create.of(other, answer("1")).withCoder(AnswerCoder.of()))
                .apply(Rows.ofAnswers())
                .apply(Select.fieldNames("model", "repaired", "provider", "fallback", "parts")))
        .satisfies(
            rows -> {
              List<String> values = new ArrayList<>();
              rows.forEach(row -> values.add(row.getValues().toString()));
              assertThat(
                  values.stream().sorted().toList(),
                  is(
                      List.of(
                          "[m-1, null, null, 0, null]",
                          "[m-2, fence, anthropic, 1, {\"field\":\"text\"}]")));
              return null;
            });
    pipeline.run().waitUntilFinish();
  }

  @Test
  void deadLettersAndDocumentsAreRows_whatIsNotThereNull() {
    Pipeline pipeline = Pipeline.create();
    DeadLetter letter =
        new DeadLetter(DOCUMENT, ErrorKind.SERVER_ERROR, "busy", 503, null, true, 5, null);
    PAssert.thatSingleton(
            pipeline
                .apply("dead", Create.of(letter).withCoder(DeadLetterCoder.of()))
                .apply("deadRows", Rows.ofDeadLetters()))
        .satisfies(
            row -> {
              Map<String, Object> fields = fields(row);
              assertThat(
                  fields.toString(),
                  is(
                      "{id=d1, key=acme, kind=server_error, message=busy, status=503, code=null,"
                          + " retryable=true, attempts=5, answer=null,"
                          + " document={\"text\":\"late\"}, file=in.csv, position=7, step=null,"
                          + " answers=null}"));
              return null;
            });
    PAssert.thatSingleton(
            pipeline
                .apply(
                    "documents",
                    Create.of(Document.ofText("1", "hm")).withCoder(DocumentCoder.of()))
                .apply("documentRows", Rows.ofDocuments()))
        .satisfies(
            row -> {
              assertThat(
                  fields(row).toString(),
                  is("{id=1, key=null, document={\"text\":\"hm\"}, file=1, position=1}"));
              return null;
            });
    pipeline.run().waitUntilFinish();
  }

  record Mood(String mood, int score, List<String> words) {}

  enum Topic {
    delivery,
    praise
  }

  @Test
  void anOutputIsReadAsWhatOneWants() {
    assertThat(
        answer("{\"mood\":\"bad\",\"score\":7,\"words\":[\"late\"],\"more\":true}")
            .outputAs(Mood.class),
        is(new Mood("bad", 7, List.of("late"))));
    assertThat(answer("\"praise\"").outputAs(String.class), is("praise"));
    assertThat(answer("\"praise\"").outputAs(Topic.class), is(Topic.praise));
    assertThat(answer("[0.5,1]").outputAs(float[].class), is(new float[] {0.5f, 1}));
    assertThat(answer("{\"a\":[1]}").outputAs(JsonNode.class).path("a").path(0).asInt(), is(1));
    assertThat(answer("[\"a\",\"b\"]").outputAs(String[].class), is(arrayContaining("a", "b")));
  }

  @Test
  void anOutputThatDoesNotFit_isToldByTheDocument_andNotRepeated() {
    String said =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> answer("{\"score\":\"geheim\"}").outputAs(Mood.class))
                .getMessage());
    assertThat(said, containsString("document \"d1\""));
    assertThat(said, containsString("see its field score"));
    assertThat(said, not(containsString("geheim")));
    assertThat(
        assertThrows(
                IllegalArgumentException.class, () -> answer("\"geheim\"").outputAs(Mood.class))
            .getMessage(),
        not(containsString("geheim")));
  }

  @Test
  void aDocumentOfJson_hasItsFields() {
    assertThat(
        Document.ofJson("1", "{\"a\":1}"),
        is(new Document("1", null, "{\"a\":1}", new Source("1", 1))));
  }
}
