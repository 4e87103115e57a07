package io.sluice;

import java.util.Locale;
import org.apache.beam.sdk.coders.RowCoder;
import org.apache.beam.sdk.schemas.Schema;
import org.apache.beam.sdk.schemas.Schema.FieldType;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.Row;
import org.apache.beam.sdk.values.TypeDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Documents, answers and dead letters as rows of a Beam schema, for sinks that write rows
 * (BigQuery, JDBC, Iceberg, Avro, Parquet) and for {@code SqlTransform}. The schemas are flat, and
 * have the names of the job's own outputs; fields may be added to their ends.
 *
 * <pre>{@code
 * PCollection<Row> rows = result.getAnswers().apply(Rows.ofAnswers());
 * }</pre>
 */
public final class Rows {
  /** Of a {@link Document}: what it is, and where from. */
  public static final Schema DOCUMENT =
      Schema.builder()
          .addStringField("id")
          .addNullableStringField("key")
          .addStringField("document")
          .addStringField("file")
          .addInt64Field("position")
          .build();

  /**
   * Of an {@link Answer}. {@code output} is a text or label as it is, and all else JSON as text;
   * {@code servedBy} is {@code realtime}, {@code batch}, {@code ledger}, {@code local} or {@code
   * cascade}; {@code provider} and {@code fallback} say who answered in place of the task's model,
   * {@code parts} is JSON. Of {@link Answer#cascaded} there are three fields, null where there is
   * none.
   */
  public static final Schema ANSWER =
      Schema.builder()
          .addStringField("id")
          .addNullableStringField("key")
          .addStringField("output")
          .addStringField("model")
          .addStringField("finishReason")
          .addInt64Field("inputTokens")
          .addInt64Field("cachedInputTokens")
          .addInt64Field("outputTokens")
          .addInt64Field("cacheWriteTokens")
          .addNullableField("costUsd", FieldType.DECIMAL)
          .addInt32Field("attempts")
          .addInt64Field("latencyMs")
          .addStringField("servedBy")
          .addStringField("document")
          .addStringField("file")
          .addInt64Field("position")
          .addNullableStringField("repaired")
          .addNullableStringField("provider")
          .addInt32Field("fallback")
          .addNullableStringField("parts")
          .addNullableStringField("cascadeVersion")
          .addNullableField("cascadeProbability", FieldType.DOUBLE)
          .addNullableStringField("cascadeOutput")
          .build();

  /**
   * Of a {@link DeadLetter}; {@code kind} is the code, such as {@code bad_input}, {@code answers}
   * is JSON.
   */
  public static final Schema DEAD_LETTER =
      Schema.builder()
          .addStringField("id")
          .addNullableStringField("key")
          .addStringField("kind")
          .addStringField("message")
          .addNullableField("status", FieldType.INT32)
          .addNullableStringField("code")
          .addBooleanField("retryable")
          .addInt32Field("attempts")
          .addNullableStringField("answer")
          .addStringField("document")
          .addStringField("file")
          .addInt64Field("position")
          .addNullableStringField("step")
          .addNullableStringField("answers")
          .build();

  private Rows() {}

  /** Documents as rows of {@link #DOCUMENT}. */
  public static PTransform<PCollection<Document>, PCollection<Row>> ofDocuments() {
    return new ToRows<>(DOCUMENT, Rows::row);
  }

  /** Answers as rows of {@link #ANSWER}. */
  public static PTransform<PCollection<Answer>, PCollection<Row>> ofAnswers() {
    return new ToRows<>(ANSWER, Rows::row);
  }

  /** Dead letters as rows of {@link #DEAD_LETTER}. */
  public static PTransform<PCollection<DeadLetter>, PCollection<Row>> ofDeadLetters() {
    return new ToRows<>(DEAD_LETTER, Rows::row);
  }

  private static Row row(Document document) {
    return Row.withSchema(DOCUMENT)
        .addValue(document.id())
        .addValue(document.key())
        .addValue(document.json())
        .addValue(document.source().file())
        .addValue(document.source().position())
        .build();
  }

  private static Row row(Answer answer) {
    Document document = answer.document();
    Usage usage = answer.usage();
    Answer.Cascaded small = answer.cascaded();
    return Row.withSchema(ANSWER)
        .addValue(document.id())
        .addValue(document.key())
        .addValue(text(answer))
        .addValue(answer.model())
        .addValue(answer.finishReason())
        .addValue(usage.inputTokens())
        .addValue(usage.cachedInputTokens())
        .addValue(usage.outputTokens())
        .addValue(usage.cacheWriteTokens())
        .addValue(answer.costUsd())
        .addValue(answer.attempts())
        .addValue(answer.latencyMs())
        .addValue(answer.servedBy().toString().toLowerCase(Locale.ROOT))
        .addValue(document.json())
        .addValue(document.source().file())
        .addValue(document.source().position())
        .addValue(answer.repaired())
        .addValue(answer.provider())
        .addValue(answer.fallback())
        .addValue(answer.partsJson())
        .addValue(small == null ? null : small.version())
        .addValue(small == null ? null : small.probability())
        .addValue(small == null ? null : text(answer.withOutput(small.outputJson())))
        .build();
  }

  private static String text(Answer answer) {
    return answer.outputJson().startsWith("\"")
        ? answer.outputAs(String.class)
        : answer.outputJson();
  }

  private static Row row(DeadLetter letter) {
    Document document = letter.document();
    return Row.withSchema(DEAD_LETTER)
        .addValue(document.id())
        .addValue(document.key())
        .addValue(letter.kind().code())
        .addValue(letter.message())
        .addValue(letter.status())
        .addValue(letter.code())
        .addValue(letter.retryable())
        .addValue(letter.attempts())
        .addValue(letter.answer())
        .addValue(document.json())
        .addValue(document.source().file())
        .addValue(document.source().position())
        .addValue(letter.step())
        .addValue(letter.answersJson())
        .build();
  }

  private static final class ToRows<T> extends PTransform<PCollection<T>, PCollection<Row>> {
    private static final long serialVersionUID = 1L;
    private final Schema schema;
    private final SerializableFunction<T, Row> row;

    ToRows(Schema schema, SerializableFunction<T, Row> row) {
      this.schema = schema;
      this.row = row;
    }

    @Override
    public PCollection<Row> expand(PCollection<T> input) {
      return input
          .apply(MapElements.into(TypeDescriptor.of(Row.class)).via(row))
          .setCoder(RowCoder.of(schema));
    }

    @Override
    protected @Nullable String getKindString() {
      return "Rows";
    }
  }
}
