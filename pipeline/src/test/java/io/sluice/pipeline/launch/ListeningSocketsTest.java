package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a job opens, only this machine reaches it. The kernel's own list is asked. */
@EnabledOnOs(OS.LINUX)
class ListeningSocketsTest {
  private static final String LISTENING = "0A";

  @TempDir Path directory;

  /** A socket of this process that waits for connections. */
  private record Listener(String address, String port) {
    boolean isLoopback() {
      // 127.0.0.0/8, ::1, and the first within IPv6; the words of an address are turned around.
      return address.length() == 8
          ? address.endsWith("7F")
          : address.equals("00000000000000000000000001000000")
              || (address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F"));
    }
  }

  private static Set<Listener> listeners() throws IOException {
    Set<String> own = new HashSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        try {
          own.add(Files.readSymbolicLink(descriptor).toString());
        } catch (IOException e) {
          // Closed since.
        }
      }
    }
    Set<Listener> listeners = new HashSet<>();
    for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
      if (!Files.exists(Path.of(table))) {
        continue;
      }
      for (String line : Files.readAllLines(Path.of(table))) {
        List<String> columns = Arrays.asList(line.strip().split("\\s+"));
        if (columns.size() > 9
            && columns.get(3).equals(LISTENING)
            && own.contains("socket:[" + columns.get(9) + "]")) {
          String[] local = columns.get(1).split(":");
          listeners.add(new Listener(local[0], local[1]));
        }
      }
    }
    return listeners;
  }

  @Test
  void theListShowsASocketThatIsOpenToAll() throws IOException {
    Set<Listener> before = listeners();
    try (ServerSocket all = new ServerSocket(0);
        ServerSocket own = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Set<Listener> now = listeners();
      now.removeAll(before);
      assertThat(now.stream().filter(Listener::isLoopback).count(), is(1L));
      assertThat(now.stream().filter(listener -> !listener.isLoopback()).count(), is(1L));
      assertThat(all.getLocalPort() == own.getLocalPort(), is(false));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--streaming=true"})
  void embeddedFlink_andTheRehearsalProvider(String mode) throws Exception {
    Set<Listener> before = listeners();
    Set<Listener> seen = new HashSet<>();
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> looking =
        CompletableFuture.runAsync(
            () -> {
              try {
                do {
                  seen.addAll(listeners());
                  LockSupport.parkNanos(5_000_000);
                } while (!over.get());
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    try (JobRig rig = new JobRig(directory, "").documents(200, 200)) {
      List<String> flags = new ArrayList<>(List.of("--runner=FlinkRunner", "--parallelism=2"));
      if (!mode.isEmpty()) {
        flags.add(mode);
      }
      assertThat(rig.run(flags.toArray(new String[0])), is(0));
    } finally {
      over.set(true);
      looking.join();
    }
    seen.removeAll(before);
    Set<String> open = new TreeSet<>();
    seen.stream()
        .filter(listener -> !listener.isLoopback())
        .forEach(listener -> open.add(listener.toString()));
    assertThat(open, is(empty()));
    // The provider's, Flink's REST interface and its BLOB server: the list was looked at in time.
    assertThat(seen.size(), is(greaterThan(2)));
  }
}
