package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/** Results in an Avro container file. */
final class AvroResults implements ResultWriter {
  private final ResultShape shape;
  private final Schema schema;
  private final DataFileWriter<GenericRecord> writer;

  AvroResults(ResultShape shape, OutputStream out) throws IOException {
    this.shape = shape;
    this.schema = schema(shape);
    this.writer = new DataFileWriter<>(new GenericDatumWriter<>(schema));
    writer.setCodec(CodecFactory.deflateCodec(Deflater.DEFAULT_COMPRESSION));
    writer.create(schema, out);
  }

  static Schema schema(ResultShape shape) {
    Schema text = Schema.create(Schema.Type.STRING);
    // BigQuery's mark of a string that holds JSON; others pass over it.
    Schema json = Schema.create(Schema.Type.STRING);
    json.addProp("sqlType", "JSON");
    Schema output =
        switch (shape.output()) {
          case VECTOR -> Schema.createArray(Schema.create(Schema.Type.FLOAT));
          case JSON -> json;
          case TEXT -> text;
        };
    Schema cost =
        LogicalTypes.decimal(COST_PRECISION, COST_SCALE)
            .addToSchema(Schema.create(Schema.Type.BYTES));
    SchemaBuilder.FieldAssembler<Schema> fields =
        SchemaBuilder.record("Result").namespace("io.sluice").fields();
    fields.requiredString("id").name("output").type(output).noDefault();
    fields.requiredString("model").optionalString("finishReason");
    fields
        .name("usage")
        .type(
            SchemaBuilder.record("Usage")
                .fields()
                .requiredLong("inputTokens")
                .requiredLong("cachedInputTokens")
                .requiredLong("outputTokens")
                .endRecord())
        .noDefault();
    fields
        .name("costUsd")
        .type(Schema.createUnion(Schema.create(Schema.Type.NULL), cost))
        .withDefault(null);
    fields.requiredInt("attempts").requiredLong("latencyMs").requiredString("servedBy");
    if (shape.document()) {
      fields.name("document").type(json).noDefault();
    }
    fields.optionalString("key");
    fields
        .name("source")
        .type(
            SchemaBuilder.record("Source")
                .fields()
                .requiredString("file")
                .requiredLong("position")
                .endRecord())
        .noDefault();
    return fields.endRecord();
  }

  @Override
  public void write(ResultRow row) throws IOException {
    GenericRecord out = new GenericData.Record(schema);
    out.put("id", row.id());
    out.put(
        "output",
        switch (shape.output()) {
          case VECTOR -> floats(row.output());
          case JSON -> row.output().toString();
          case TEXT -> row.output().asText();
        });
    out.put("model", row.model());
    out.put("finishReason", row.finishReason());
    GenericRecord usage = new GenericData.Record(schema.getField("usage").schema());
    usage.put("inputTokens", row.usage().inputTokens());
    usage.put("cachedInputTokens", row.usage().cachedInputTokens());
    usage.put("outputTokens", row.usage().outputTokens());
    out.put("usage", usage);
    BigDecimal cost = row.costUsd();
    if (cost != null) {
      BigInteger units = cost.setScale(COST_SCALE, RoundingMode.HALF_EVEN).unscaledValue();
      out.put("costUsd", ByteBuffer.wrap(units.toByteArray()));
    }
    out.put("attempts", row.attempts());
    out.put("latencyMs", row.latencyMs());
    out.put("servedBy", row.servedBy());
    if (shape.document()) {
      out.put("document", row.document().toString());
    }
    out.put("key", row.key());
    GenericRecord source = new GenericData.Record(schema.getField("source").schema());
    source.put("file", row.source().file());
    source.put("position", row.source().position());
    out.put("source", source);
    writer.append(out);
  }

  private static List<Float> floats(JsonNode numbers) {
    List<Float> vector = new ArrayList<>(numbers.size());
    numbers.forEach(number -> vector.add(number.floatValue()));
    return vector;
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
