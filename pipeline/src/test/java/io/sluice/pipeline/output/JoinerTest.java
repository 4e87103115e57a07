package io.sluice.pipeline.output;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.table.TableTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JoinerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final ModelTask TASK =
      ModelTask.of("t", ModelTask.Provider.LOCAL, "m", new ModelTask.Prompt(null, "{{text}}"));

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  /** A row as the lines have it, with single quotes. */
  private static String line(String id, String output, String cost, String more) {
    return ("{'id':'"
            + id
            + "','output':"
            + output
            + ",'model':'m','finishReason':'stop','usage':{'inputTokens':10,"
            + "'cachedInputTokens':2,'outputTokens':3},'costUsd':"
            + cost
            + ",'attempts':1,'latencyMs':42,'servedBy':'realtime',"
            + more
            + "'key':null,'source':{'file':'/data/ü.jsonl','position':7},'replaced':false}")
        .replace('\'', '"');
  }

  private static Table table(Output output) {
    return new Table(TASK.withOutput(output), TableTask.PLAIN);
  }

  private static Table vectors() {
    return new Table(TASK.withOperation(Operation.EMBED), TableTask.PLAIN);
  }

  private String part(String name, String... lines) throws IOException {
    return Files.writeString(directory.resolve(name), String.join("\n", lines) + "\n").toString();
  }

  private List<JsonNode> columns(OutputFormat format, Table shape, String... parts)
      throws IOException {
    List<ResourceId> files =
        new Joiner(directory + "/joined").columns(List.of(parts), "results", format, shape);
    List<JsonNode> rows = new ArrayList<>();
    for (ResourceId file : files) {
      assertThat(String.valueOf(file.getFilename()), is("results-00000." + format.extension()));
      InputRows.read(file.toString(), JsonNode.class, rows::add);
    }
    return rows;
  }

  @ParameterizedTest
  @EnumSource(names = {"AVRO", "PARQUET"})
  void textRows_comeBackAsTheyAre(OutputFormat format) throws IOException {
    Table shape = table(Output.TEXT);
    String one = line("a", "'{no json} ü'", "0.00000125", "");
    String two = line("b", "'praise'", "null", "").replace("\"key\":null", "\"key\":\"acme\"");
    List<JsonNode> rows = columns(format, shape, part("1.jsonl", one), part("2.jsonl", two, one));
    assertThat(rows, hasSize(3));
    assertThat(rows.get(0).path("costUsd").asText(), is("0.000001250000"));
    assertThat(rows.get(1), is(JSON.readTree(two)));
  }

  @ParameterizedTest
  @EnumSource(names = {"AVRO", "PARQUET"})
  void json_andDocuments_areStringsThatSayTheyAreJson(OutputFormat format) throws IOException {
    Table shape = table(new Output(OutputType.JSON, List.of(), null, true));
    String row = line("a", "{'topic':'bug','n':[1,2]}", "null", "'document':{'text':'t'},");
    assertThat(columns(format, shape, part("1.jsonl", row)), is(List.of(JSON.readTree(row))));
  }

  @ParameterizedTest
  @EnumSource(names = {"AVRO", "PARQUET"})
  void vectors_areListsOfFloats(OutputFormat format) throws IOException {
    Table shape = vectors();
    String row = line("a", "[0.1,-0.25,1.0E-7]", "null", "");
    assertThat(columns(format, shape, part("1.jsonl", row)), is(List.of(JSON.readTree(row))));
  }

  @ParameterizedTest
  @EnumSource(names = {"AVRO", "PARQUET"})
  void noRows_areAFileWithColumnsAllTheSame(OutputFormat format) throws IOException {
    assertThat(columns(format, table(Output.TEXT)), is(List.of()));
  }

  @Test
  void partThatIsCutOff_isNotTakenForWhole() throws IOException {
    String row = line("a", "'x'", "null", "");
    Path cut = Files.writeString(directory.resolve("1.jsonl"), row + "\n" + row);
    IOException e =
        assertThrows(
            IOException.class,
            () -> columns(OutputFormat.AVRO, table(Output.TEXT), cut.toString()));
    assertThat(e.getMessage(), containsString("in the middle of a row"));
  }

  @Test
  void avro_isReadByTheLibraryAlone() throws IOException {
    String row = line("a", "[0.5]", "1234567.000000000001", "");
    columns(OutputFormat.AVRO, vectors(), part("1.jsonl", row));
    Path file = directory.resolve("joined/results-00000.avro");
    try (DataFileReader<GenericRecord> records =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      GenericRecord record = records.next();
      assertThat(record.get("output").toString(), is("[0.5]"));
      assertThat(((GenericRecord) record.get("usage")).get("inputTokens"), is(10L));
    }
  }
}
