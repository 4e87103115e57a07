package io.sluice.dataflow;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.pipeline.launch.Run;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A job all of whose files are on {@code gs://}: task, input, ledger and outputs. */
class CloudStorageTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private int run(FakeGcs gcs) throws IOException {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Run(to, to)
        .run(
            List.of(
                "--task=gs://bucket/task.yaml",
                "--input=gs://bucket/in/*.jsonl",
                "--output=gs://bucket/out",
                "--gcsEndpoint=" + gcs.endpoint(),
                "--credentialFactoryClass="
                    + "org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory"));
  }

  @Test
  void aJobOnCloudStorageEndsAndIsNotPaidTwice() throws IOException {
    try (FakeGcs gcs = new FakeGcs()) {
      gcs.put(
          "bucket/task.yaml",
          """
          name: topics
          provider: {kind: local}
          output: {type: label, labels: [sports, business]}
          """);
      gcs.put("bucket/in/a.jsonl", "{\"id\": \"1\", \"text\": \"The striker scored twice\"}\n");
      gcs.put("bucket/in/b.jsonl", "{\"id\": \"2\", \"text\": \"Shares fell on Monday\"}\n{]\n");

      assertThat(printed.toString(StandardCharsets.UTF_8), run(gcs), is(0));
      String results = gcs.get("bucket/out/results/results-00000.jsonl");
      assertThat(results, containsString("\"id\":\"1\",\"output\":\"sports\""));
      assertThat(results, containsString("\"id\":\"2\",\"output\":\"business\""));
      assertThat(results, containsString("gs://bucket/in/b.jsonl"));
      assertThat(
          gcs.get("bucket/out/dead-letter/dead-letter-00000.jsonl"), containsString("bad_input"));
      assertThat(gcs.names("bucket/out/"), hasItem("bucket/out/report.html"));
      assertThat(gcs.names("bucket/out/.sluice/"), everyItem(not(containsString("joined"))));

      assertThat(run(gcs), is(0));
      assertThat(gcs.get("bucket/out/summary.json"), containsString("\"servedFromLedger\" : 2"));
    }
  }
}
