package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With every logger at its loudest, SLF4J's and Java's own, no key is printed. */
@Timeout(120)
class DebugLogTest {
  private static String loud(String main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said, process.waitFor(), is(0));
    return said;
  }

  @Test
  void ofCalls() throws Exception {
    String said = loud(LoudCalls.class.getName());
    assertThat(
        "it is loud",
        said,
        allOf(
            containsString("DEBUG org.apache.hc.client5"),
            containsString("done 127.0.0.1"),
            containsString("over a proxy: Answered")));
    assertThat(said, not(containsString(LoudCalls.KEY)));
    assertThat(said, not(containsString(LoudCalls.PASSWORD)));
    byte[] user = ("user:" + LoudCalls.PASSWORD).getBytes(StandardCharsets.UTF_8);
    assertThat(said, not(containsString(Base64.getEncoder().encodeToString(user))));
  }

  @Test
  void ofSignatures() throws Exception {
    for (String service : List.of("bedrock", "s3")) {
      String said = loud("io.sluice.internal.provider.bedrock.LoudSignature", service);
      assertThat(said, containsString("done, headers: "));
      assertThat(said, not(containsString("wJalrXUtnFEMI")));
      assertThat(said, not(containsString("EXAMPLETOKEN")));
    }
  }
}
