package io.sluice.pipeline.plan;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.pipeline.flags.UsageException;
import java.io.File;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobArgumentsTest {
  @ParameterizedTest
  @CsvSource({
    "https://api.example.com/v1, 0",
    "http://localhost:8000/v1, 0",
    "http://127.0.0.1:8000/v1, 0",
    "http://[::1]:8000/v1, 0",
    "http://models.example.com/v1, 1",
    "http://10.0.0.7:8000/v1, 1",
  })
  void plainHttpBeyondThisMachine_isSaid(String url, int warnings) {
    ModelTask task =
        ModelTask.of(
            "t", new Provider("openai", url, KeySource.NONE), "m", new Prompt(null, "{{text}}"));
    List<String> said = JobArguments.checkWay(task);
    assertThat(said, hasSize(warnings));
    said.forEach(one -> assertThat(one, containsString("plain http://")));
  }

  @Test
  void aTaskWithoutAnEnd_isRefusedAtItsBound() {
    File endless = new File("/dev/zero");
    assumeTrue(endless.exists());
    UsageException refused =
        assertThrows(UsageException.class, () -> JobArguments.task(endless.getPath(), null, null));
    assertThat(refused.getMessage(), containsString("more than 3145728 bytes"));
  }
}
