package io.sluice.pipeline.cli;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rehearsal provider from the command line. */
class SimulateVerbTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "all=0.02"})
  void aPortThatIsTaken_isNamed(String hostile) throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      String port = "--port=" + taken.getLocalPort();
      assertThat(Verbs.run(List.of("simulate", port, "--hostile=" + hostile), out, out), is(2));
      assertThat(printed.toString(StandardCharsets.UTF_8), containsString(port));
    }
  }
}
