package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in which nothing was answered has failed, and says of what. */
class NothingAnsweredTest {
  @TempDir Path directory;

  /** Too few to tell that it is the task, and not these documents, that the provider refuses. */
  @Test
  void nothingAnswered_isNoSuccess_andSaysOfWhat() throws Exception {
    try (JobRig rig = new JobRig(directory, "bad=1").documents(6, 6)) {
      assertThat(rig.run(), is(4));
      assertThat(rig.summary().path("state").asText(), is("tooManyFailures"));
      assertThat(
          rig.printed(),
          allOf(
              containsString(
                  "The commonest reason, 6 of 6 dead letters: bad_request, such as of d"),
              containsString("The provider does not accept the request"),
              containsString("Nothing was answered")));
    }
  }

  @Test
  void someAnswered_isSuccess_andTheReasonIsSaidAllTheSame() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(10, 10)) {
      Path input = directory.resolve("some.jsonl");
      Files.writeString(
          input, "{\"id\": \"a\", \"text\": \"a bug\", \"tenant\": \"t0\"}\n{\"id\": \"b\"}\n");
      assertThat(rig.run("--input=" + input), is(0));
      assertThat(
          rig.printed(),
          allOf(
              containsString("The commonest reason, 1 of 1 dead letter: bad_input"),
              not(containsString("Nothing was answered"))));
    }
  }

  @Test
  void noDocuments_isSuccess() throws Exception {
    try (JobRig rig = new JobRig(directory, "")) {
      Path input = Files.write(directory.resolve("none.jsonl"), List.of());
      assertThat(rig.run("--input=" + input), is(0));
    }
  }

  /** An id, or what a provider says, begins no line that looks like the program's own. */
  @Test
  void theReason_isOneLine_whateverIsInIt() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(10, 10)) {
      Path input = directory.resolve("forged.jsonl");
      Files.writeString(
          input,
          "{\"id\": \"a\\nAll were answered\", \"tenant\": \"t0\"}\n"
              + "{\"id\": \"b\", \"text\": \"a bug\", \"tenant\": \"t0\"}\n");
      assertThat(rig.run("--input=" + input), is(0));
      assertThat(rig.printed(), containsString("such as of a\u240AAll were answered: "));
    }
  }
}
