package io.sluice.dataflow;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TemplateTest {
  private static final Path METADATA = Path.of("../../scripts/dataflow/metadata.json");

  private record Ended(int code, String output) {}

  private static Ended script(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", "../../scripts/dataflow-template"));
    command.addAll(Arrays.asList(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  @Test
  void theMetadataNamesEveryFlag() throws IOException {
    Files.writeString(Path.of("target/metadata.json"), TemplateMetadata.json());
    assertThat(
        "flags have changed: cp src/dataflow/target/metadata.json scripts/dataflow",
        Files.readString(METADATA),
        is(TemplateMetadata.json()));
  }

  @Test
  void theLauncherRunsOnDataflow() {
    assertThat(
        TemplateMain.onDataflow("--task=t"),
        contains("run", "--task=t", "--runner=DataflowRunner"));
    assertThat(
        TemplateMain.onDataflow("--runner=DataflowRunner"),
        contains("run", "--runner=DataflowRunner"));
  }

  @Test
  void buildShowsItsCommand() throws IOException, InterruptedException {
    Ended build =
        script(
            "build",
            "--project=acme",
            "--bucket=b",
            "--image=registry.example/acme/sluice",
            "--print");
    assertThat(build.output(), build.code(), is(0));
    assertThat(build.output(), containsString("gcloud dataflow flex-template build"));
    assertThat(build.output(), containsString("gs://b/templates/sluice.json"));
    assertThat(
        build.output(),
        containsString("FLEX_TEMPLATE_JAVA_MAIN_CLASS=" + TemplateMain.class.getName()));
  }

  @Test
  void runPassesFlagsOn() throws IOException, InterruptedException {
    String[] flags = {
      "run",
      "--project=acme",
      "--region=us-central1",
      "--bucket=b",
      "--task=gs://b/task.yaml",
      "--input=gs://b/in/*.jsonl,gs://b/more.csv",
      "--output=gs://b/out",
      "--budgetUsd=5",
      "--print"
    };
    Ended run = script(flags);
    assertThat(run.output(), run.code(), is(0));
    assertThat(
        run.output().replace("\\", ""),
        containsString(
            "--parameters=^;^task=gs://b/task.yaml;input=gs://b/in/*.jsonl,gs://b/more.csv"
                + ";output=gs://b/out;budgetUsd=5"));
    assertThat("the same output has the same name", script(flags).output(), is(run.output()));
  }

  @Test
  void whatIsMissingIsSaid() throws IOException, InterruptedException {
    Ended run = script("run", "--project=acme", "--print");
    assertThat(run.code(), is(2));
    assertThat(run.output(), containsString("--region"));
    assertThat(run.output(), containsString("--task"));
  }
}
