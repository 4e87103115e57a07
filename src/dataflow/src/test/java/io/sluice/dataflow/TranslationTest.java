package io.sluice.dataflow;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.launch.Run;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job as Dataflow is told of it, without an account: object store and staging are fakes. */
class TranslationTest {
  private static final String SECRET = "projects/acme/secrets/openai/versions/latest";
  private static final String TASK =
      """
      name: topics
      provider: {kind: openai, %s}
      model: gpt-4o-mini
      prompt: {system: "Classify.", user: "{{text}}"}
      parameters: {max_tokens: 20}
      document: {key: tenant}
      quota: {keys: {acme: {requestsPerMinute: 60, apiKeySecret: %s}}}
      """;

  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private FakeGcs gcs;

  @BeforeEach
  void start() throws IOException {
    gcs = new FakeGcs();
    gcs.put("bucket/in/a.jsonl", "{\"text\": \"a\", \"tenant\": \"acme\"}\n");
    gcs.put("bucket/task.yaml", TASK.formatted("apiKeySecret: " + SECRET, SECRET));
  }

  @AfterEach
  void stop() {
    gcs.close();
  }

  private Path template() {
    return directory.resolve("job.json");
  }

  private int run(String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of(
                "--runner=DataflowRunner",
                "--project=my-project",
                "--region=us-central1",
                "--tempLocation=gs://bucket/temp",
                "--gcpTempLocation=gs://bucket/temp",
                "--stagingLocation=gs://bucket/staging",
                "--filesToStage=" + Files.write(directory.resolve("sluice.jar"), new byte[] {1}),
                "--gcsEndpoint=" + gcs.endpoint(),
                "--stagerClass=" + RecordingStager.class.getName(),
                "--pathValidatorClass="
                    + "org.apache.beam.sdk.extensions.gcp.storage.NoopPathValidator",
                "--credentialFactoryClass="
                    + "org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory"));
    args.addAll(Arrays.asList(more));
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Run(to, to).run(args);
  }

  private JobDescription describe(String... more) throws IOException {
    List<String> args = new ArrayList<>(Arrays.asList(more));
    args.add("--templateLocation=" + template());
    args.add("--input=gs://bucket/in/*.jsonl");
    args.add("--output=gs://bucket/out");
    if (args.stream().noneMatch(arg -> arg.startsWith("--task="))) {
      args.add("--task=gs://bucket/task.yaml");
    }
    assertThat(printed.toString(StandardCharsets.UTF_8), run(args.toArray(new String[0])), is(0));
    byte[] pipeline = RecordingStager.STAGED.get("pipeline.pb");
    if (pipeline == null) {
      throw new AssertionError("No pipeline was staged: " + RecordingStager.STAGED.keySet());
    }
    return new JobDescription(template(), pipeline);
  }

  /** Compares with a file; what is there now is left in target for a look, or to be accepted. */
  private static void assertStages(JobDescription job, String expected) throws IOException {
    Path now = Path.of("target", expected);
    Files.write(now, job.stages());
    assertThat(
        "the stages are in " + now + "; if they are right, copy them to src/test/resources",
        Files.readString(now),
        is(Files.readString(Path.of("src/test/resources", expected))));
  }

  @Test
  void aBatchJobHasTheStagesExpected() throws IOException {
    JobDescription job = describe();
    assertThat(job.json().path("type").asText(), is("JOB_TYPE_BATCH"));
    assertStages(job, "stages-batch.txt");
    assertThat(
        printed.toString(StandardCharsets.UTF_8), containsString("not started by this command"));
  }

  @Test
  void aStreamingJobHasTheStagesExpected() throws IOException {
    JobDescription job = describe("--streaming=true", "--enableStreamingEngine=true");
    assertThat(job.json().path("type").asText(), is("JOB_TYPE_STREAMING"));
    assertStages(job, "stages-streaming.txt");
  }

  @Test
  void aJobThatWatches_isAStreamingOne() throws IOException {
    JobDescription job = describe("--watch=30s", "--enableStreamingEngine=true");
    assertThat(job.json().path("type").asText(), is("JOB_TYPE_STREAMING"));
    assertThat(job.text(), containsString("ReadDocuments/Files/Watch"));
    assertThat(job.text(), containsString("Publish"));
  }

  @Test
  void aJobTellsNeitherAKeyNorAPathOfThisMachine() throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(task, TASK.formatted("apiKeyEnv: SLUICE_CANARY_KEY", SECRET));
    String canary = System.getenv("SLUICE_CANARY_KEY");
    JobDescription job = describe("--task=" + task);
    String text = job.text().replace(template().toString(), "TEMPLATE");

    // That the search sees into the job: names are there.
    assertThat(job.objects(), greaterThan(20));
    assertThat(text, containsString("gs://bucket/in/*.jsonl"));
    assertThat(text, containsString(SECRET));
    assertThat(text, containsString("SLUICE_CANARY_KEY"));
    assertThat(canary, is("sk-canary-4711"));

    assertNone(text, canary);
    for (String property : List.of("user.dir", "user.home", "java.io.tmpdir", "java.home")) {
      assertNone(text, System.getProperty(property) + "/");
    }
    assertNone(text, directory.toString());
    assertNone(text, "sluice-" + System.getProperty("user.name"));
    assertThat(job.json().path("name").asText(), containsString("sluice-topics-"));
  }

  private static void assertNone(String text, String wanted) {
    int at = text.indexOf(wanted);
    assertThat(
        at < 0 ? "" : text.substring(Math.max(0, at - 100), Math.min(text.length(), at + 100)),
        is(""));
  }

  @Test
  void whatWorkersCannotReach_isRefusedBeforeAnythingIsSent() throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(task, TASK.formatted("apiKeyEnv: SLUICE_CANARY_KEY", SECRET));
    Files.writeString(directory.resolve("a.jsonl"), "{\"text\": \"a\"}\n");
    Exception e =
        assertThrows(
            UsageException.class,
            () ->
                run(
                    "--task=" + task,
                    "--input=" + directory.resolve("a.jsonl"),
                    "--output=" + directory.resolve("out")));
    assertThat(e.getMessage(), containsString("--input: "));
    assertThat(e.getMessage(), containsString("--output: "));
    assertThat(e.getMessage(), containsString("provider.apiKeyEnv: Dataflow's workers"));
    assertThat(e.getMessage(), containsString("apiKeySecret: projects/"));
    assertThat(gcs.names("bucket/out"), is(List.of()));
  }

  @Test
  void anOutputDirectoryBelongsToOneTask() throws IOException {
    describe();
    gcs.put(
        "bucket/other.yaml",
        TASK.formatted("apiKeySecret: " + SECRET, SECRET).replace("topics", "other"));
    Exception e =
        assertThrows(UsageException.class, () -> describe("--task=gs://bucket/other.yaml"));
    assertThat(e.getMessage(), containsString("holds the run of task topics, not of other"));
  }
}
