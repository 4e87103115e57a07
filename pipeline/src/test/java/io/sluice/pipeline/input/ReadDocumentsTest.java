package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.iterableWithSize;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.pipeline.input.rows.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.transforms.Sum;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadDocumentsTest {
  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  /** What became of each row, as "position id json" or "position ! message". */
  private List<String> rows(String name, byte[] content, InputFormat format) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    InputFile input = new InputFile(file.toString(), content.length, format);
    RowParser parser = new RowParser(DocumentFields.DEFAULT);
    List<String> rows = new ArrayList<>();
    try (RowReader reader = RowReader.open(input, DocumentFields.DEFAULT)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        RowParser.Parsed parsed = parser.parse(input, row);
        Document document = parsed.document();
        rows.add(
            row.position()
                + " "
                + (parsed.problem() == null ? "" : "! ")
                + document.json().replace(file.toString(), "FILE"));
      }
    }
    return rows;
  }

  private List<String> jsonl(String content) throws IOException {
    return rows("a.jsonl", content.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL);
  }

  @Test
  void jsonl_hostileRows() throws IOException {
    assertThat(jsonl(""), is(List.of()));
    assertThat(
        jsonl("\uFEFF{\"id\":1}\r\n{\"id\":2}"), is(List.of("1 {\"id\":1}", "2 {\"id\":2}")));
    assertThat(
        jsonl("{\"id\":1}\n\n{\"id\":1}\n"),
        is(List.of("1 {\"id\":1}", "2 ! {\"_raw\":\"\"}", "3 {\"id\":1}")));
    assertThat(
        jsonl("[1]\n{\"a\":\n{} {}\n3\nnull\n"),
        is(
            List.of(
                "1 ! {\"_raw\":\"[1]\"}",
                "2 ! {\"_raw\":\"{\\\"a\\\":\"}",
                "3 ! {\"_raw\":\"{} {}\"}",
                "4 ! {\"_raw\":\"3\"}",
                "5 ! {\"_raw\":\"null\"}")));
  }

  @Test
  void invalidUtf8_isADeadLetter() throws IOException {
    byte[] bytes = "{\"id\":\"x\"}\n{\"id\":\"y\"}\n".getBytes(StandardCharsets.UTF_8);
    bytes[7] = (byte) 0xFF;
    assertThat(
        rows("a.jsonl", bytes, InputFormat.JSONL),
        is(List.of("1 ! {\"_raw\":\"{\\\"id\\\":\\\"\uFFFD\\\"}\"}", "2 {\"id\":\"y\"}")));
  }

  @Test
  void largeLine_isADocument() throws IOException {
    String text = "x".repeat(5 << 20);
    assertThat(jsonl("{\"text\":\"" + text + "\"}\n").get(0), is("1 {\"text\":\"" + text + "\"}"));
  }

  @Test
  void deadLetters_areUnwrapped() throws IOException {
    assertThat(
        jsonl(
            "{\"id\":\"a\",\"document\":{\"text\":\"t\"},\"error\":{\"kind\":\"timeout\"},"
                + "\"key\":null,\"source\":{}}\n"
                + "{\"id\":\"b\",\"document\":{\"_raw\":\"{\\\"id\\\":7}\"},"
                + "\"error\":{\"kind\":\"bad_input\"},\"key\":null,\"source\":{}}\n"),
        is(List.of("1 {\"text\":\"t\"}", "2 {\"id\":7}")));
  }

  @Test
  void csv_quotesAndRaggedRows() throws IOException {
    byte[] csv =
        "\uFEFFid,text\n1,\"two\nlines, \"\"quoted\"\"\"\n2\n3,c\n"
            .getBytes(StandardCharsets.UTF_8);
    assertThat(
        rows("a.csv", csv, InputFormat.CSV),
        is(
            List.of(
                "1 {\"id\":\"1\",\"text\":\"two\\nlines, \\\"quoted\\\"\"}",
                "2 ! {\"_raw\":\"2\"}",
                "3 {\"id\":\"3\",\"text\":\"c\"}")));
  }

  @Test
  void csv_brokenQuote_losesNothingSilently() throws IOException {
    List<String> rows =
        rows("a.csv", "id\n1\n\"2\n3\n".getBytes(StandardCharsets.UTF_8), InputFormat.CSV);
    assertThat(rows.get(0), is("1 {\"id\":\"1\"}"));
    assertThat(rows.get(1), containsString("2 ! "));
  }

  @Test
  void textAndFile() throws IOException {
    byte[] bytes = "one\r\n\ntwo".getBytes(StandardCharsets.UTF_8);
    assertThat(
        rows("a.txt", bytes, InputFormat.TEXT),
        is(List.of("1 {\"text\":\"one\"}", "2 ! {\"_raw\":\"\"}", "3 {\"text\":\"two\"}")));
    assertThat(
        rows("b.txt", bytes, InputFormat.FILE),
        is(List.of("1 {\"text\":\"one\\r\\n\\ntwo\",\"file\":\"FILE\"}")));
    assertThat(rows("c.txt", new byte[0], InputFormat.FILE), is(List.of("1 ! {\"_raw\":\"\"}")));
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void compressed_andBrokenOff() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 20_000; i++) {
      text.append("{\"id\":").append(i * 7_919L % 10_007).append("}\n");
    }
    byte[] whole = gzip(text.toString());
    assertThat(rows("a.jsonl.gz", whole, InputFormat.JSONL).size(), is(20_000));
    List<String> rows =
        rows("b.jsonl.gz", Arrays.copyOf(whole, whole.length / 2), InputFormat.JSONL);
    assertThat(rows.get(rows.size() - 1), containsString("! {\"_raw\":"));
    assertThat(rows.size() > 100, is(true));
  }

  @Test
  void problemsNameFileAndRow() throws IOException {
    Path file = Files.writeString(directory.resolve("p.jsonl"), "{}\nbroken\n");
    InputFile input = new InputFile(file.toString(), 10, InputFormat.JSONL);
    String problem =
        new RowParser(DocumentFields.DEFAULT).parse(input, new Row(2, "broken", null)).problem();
    assertThat(problem, containsString("(" + file + ", row 2)"));
  }

  @Test
  void patterns_findEachFileOnce_andSayWhatIsWrong() throws IOException {
    Files.writeString(directory.resolve("a.jsonl"), "");
    Files.writeString(directory.resolve("b.data"), "");
    Files.writeString(directory.resolve(".hidden.jsonl"), "");
    String glob = directory + "/*.jsonl";
    assertThat(new InputFiles(glob + "," + glob, InputFormat.AUTO).list().size(), is(1));
    assertThat(
        message(new InputFiles(directory + "/*", InputFormat.AUTO)), containsString("b.data"));
    assertThat(
        message(new InputFiles(directory + "/none*", InputFormat.AUTO)),
        containsString("no file matches"));
  }

  @Test
  void partitions_inGlobs() throws IOException {
    for (String day : List.of("2026-10-31", "2026-11-01", "2026-11-02", "2026-12-01")) {
      Path partition = Files.createDirectories(directory.resolve("dt=" + day));
      Files.writeString(partition.resolve("part-0.parquet"), "");
      Files.writeString(partition.resolve("_SUCCESS"), "");
    }
    String days = directory + "/dt=2026-11-*/part-*.parquet";
    assertThat(new InputFiles(days, InputFormat.AUTO).list().size(), is(2));
    String more = days + ", " + directory + "/dt=2026-{10,12}-*/*";
    assertThat(new InputFiles(more, InputFormat.AUTO).list().size(), is(4));
  }

  private static String message(InputFiles files) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, files::list).getMessage());
  }

  private static final class DeadFn extends DoFn<DeadLetter, String> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element DeadLetter dead, OutputReceiver<String> out) {
      out.output(dead.kind().code() + " " + dead.document().source().position());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--runner=DirectRunner",
        "--runner=FlinkRunner",
        "--runner=FlinkRunner --streaming=true --shutdownSourcesAfterIdleMs=1000"
      })
  void everyRowOnce_onEveryRunner(String runner) throws IOException {
    List<String> lines = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 1; i <= 25_000; i++) {
      lines.add(i == 777 ? "broken" : "{\"id\":" + i + "}");
      expected.add(i == 777 ? "bad_input 777" : String.valueOf(i));
    }
    Files.write(directory.resolve("rows.jsonl.gz"), gzip(String.join("\n", lines)));
    Files.write(directory.resolve("more.jsonl"), List.of("{\"id\":\"m\"}"));
    expected.add("m");
    Pipeline pipeline =
        Pipeline.create(PipelineOptionsFactory.fromArgs(runner.split(" ")).create());
    PCollectionTuple read =
        pipeline.apply(
            ReadDocuments.of(
                new InputFiles(directory + "/*.jsonl*", InputFormat.AUTO),
                DocumentFields.DEFAULT,
                0));
    PCollection<String> ids =
        read.get(ReadDocuments.DOCUMENTS)
            .apply(MapElements.into(TypeDescriptors.strings()).via(Document::id));
    PCollection<String> dead = read.get(ReadDocuments.DEAD_LETTERS).apply(ParDo.of(new DeadFn()));
    PAssert.that(PCollectionList.of(ids).and(dead).apply(Flatten.pCollections()))
        .containsInAnyOrder(expected);
    PAssert.that(counted(read, FileRows::rows)).containsInAnyOrder(25_001L);
    PAssert.that(counted(read, FileRows::end)).containsInAnyOrder(25_001L);
    PAssert.that(counted(read, rows -> (long) rows.ends())).containsInAnyOrder(2L);
    pipeline.run().waitUntilFinish();
  }

  /** A bundle costs the Direct runner more than a small file's rows. */
  @Test
  void manySmallFiles_areFewBundles() throws IOException {
    for (int i = 0; i < 200; i++) {
      Files.writeString(directory.resolve(i + ".txt"), "a" + i + "\nb" + i + "\n");
    }
    Pipeline pipeline = Pipeline.create(PipelineOptionsFactory.create());
    PCollectionTuple read =
        pipeline.apply(
            ReadDocuments.of(
                new InputFiles(directory + "/*.txt", InputFormat.AUTO), DocumentFields.DEFAULT, 0));
    PAssert.that(counted(read, FileRows::rows)).containsInAnyOrder(400L);
    PAssert.that(counted(read, rows -> (long) rows.ends())).containsInAnyOrder(200L);
    PAssert.that(read.get(ReadDocuments.DOCUMENTS).apply(ParDo.of(new BundleFn())))
        .satisfies(
            bundles -> {
              assertThat(bundles, iterableWithSize(7));
              return null;
            });
    pipeline.run().waitUntilFinish();
  }

  /** An element for every bundle. */
  private static final class BundleFn extends DoFn<Document, Integer> {
    private static final long serialVersionUID = 1L;
    private transient int rows;

    @StartBundle
    public void startBundle() {
      rows = 0;
    }

    @ProcessElement
    public void process(@Element Document document) {
      rows++;
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) {
      context.output(rows, BoundedWindow.TIMESTAMP_MIN_VALUE, GlobalWindow.INSTANCE);
    }
  }

  /** How many files share each key. */
  private static List<Integer> together(String name, long bytes, int count) {
    ReadSmallFiles.TogetherFn together = new ReadSmallFiles.TogetherFn();
    together.startBundle();
    Map<Integer, Integer> files = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      InputFile file = new InputFile(i + name, bytes, InputFormat.JSONL);
      files.merge(together.keyOf(file), 1, Integer::sum);
    }
    return List.copyOf(files.values());
  }

  @Test
  void smallFiles_areReadTogetherByTheirNumberAndSize() {
    assertThat(together(".jsonl", 30, 70), is(List.of(32, 32, 6)));
    assertThat(together(".jsonl", 400_000, 5), is(List.of(2, 2, 1)));
    assertThat(together(".jsonl", 1 << 20, 2), is(List.of(1, 1)));
    assertThat(together(".jsonl.gz", 16_000, 8), is(List.of(4, 4)));
    assertThat(together(".jsonl.GZ", 16_000, 8), is(List.of(4, 4)));
  }

  private static PCollection<Long> counted(
      PCollectionTuple read, SerializableFunction<FileRows, Long> of) {
    return read.get(ReadDocuments.ROWS)
        .apply(MapElements.into(TypeDescriptors.longs()).via(of))
        .apply(Sum.longsGlobally());
  }

  @Test
  void limit_takesTheFirstRows() throws IOException {
    Files.write(directory.resolve("1.txt"), List.of("a", "b"));
    Files.write(directory.resolve("2.txt"), List.of("c", "d"));
    Pipeline pipeline = Pipeline.create(PipelineOptionsFactory.create());
    PCollectionTuple read =
        pipeline.apply(
            ReadDocuments.of(
                new InputFiles(directory + "/*.txt", InputFormat.AUTO), DocumentFields.DEFAULT, 3));
    PAssert.that(
            read.get(ReadDocuments.DOCUMENTS)
                .apply(MapElements.into(TypeDescriptors.strings()).via(Document::json)))
        .containsInAnyOrder("{\"text\":\"a\"}", "{\"text\":\"b\"}", "{\"text\":\"c\"}");
    pipeline.run().waitUntilFinish();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 10})
  void aFileThatIsGoneSinceItWasSeen_isADeadLetter(long limit) throws IOException {
    Files.write(directory.resolve("1.txt"), List.of("a"));
    Files.write(directory.resolve("2.txt"), List.of("b"));
    InputFiles input = new InputFiles(directory + "/*.txt", InputFormat.AUTO);
    InputFiles later = input.having(input.list());
    Files.delete(directory.resolve("1.txt"));
    Files.write(directory.resolve("3.txt"), List.of("c"));
    Pipeline pipeline = Pipeline.create(PipelineOptionsFactory.create());
    PCollectionTuple read = pipeline.apply(ReadDocuments.of(later, DocumentFields.DEFAULT, limit));
    PAssert.that(
            read.get(ReadDocuments.DOCUMENTS)
                .apply(MapElements.into(TypeDescriptors.strings()).via(Document::json)))
        .containsInAnyOrder("{\"text\":\"b\"}", "{\"text\":\"c\"}");
    PAssert.that(
            read.get(ReadDocuments.DEAD_LETTERS)
                .apply(
                    "Messages",
                    MapElements.into(TypeDescriptors.strings())
                        .via(letter -> letter.message().replaceAll("/.*/", ""))))
        .containsInAnyOrder(
            "Read the file: it is gone since it was listed; mend the file and run again (1.txt, row 1)");
    pipeline.run().waitUntilFinish();
  }
}
