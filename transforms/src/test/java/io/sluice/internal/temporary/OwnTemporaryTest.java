package io.sluice.internal.temporary;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnTemporaryTest {
  @TempDir Path parent;

  private Path directory(String name, String... files) throws IOException {
    Path made = Files.createDirectories(parent.resolve(name));
    for (String file : files) {
      Files.createDirectories(made.resolve(file).getParent());
      Files.writeString(made.resolve(file), file);
    }
    return made;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void whatAKilledProcessLeft_isCleared() throws IOException {
    Path kept = directory("theirs", "x");
    Path left = directory("sluice-flink17", "lock", "blobs/a/b.jar");
    Files.createSymbolicLink(left.resolve("link"), kept);
    Path made = OwnTemporary.make(parent, "sluice-flink");
    assertThat(names(), containsInAnyOrder("theirs", made.getFileName().toString()));
    assertThat(Files.exists(kept.resolve("x")), is(true));
  }

  @Test
  void whatIsInUse_orNoneOfOurs_stays() throws IOException {
    Path running = OwnTemporary.make(parent, "sluice-flink");
    directory("sluice-flink18", "lock.new");
    directory("sluice-flink19", "a.jar");
    directory("sluice-flink-mine", "lock");
    directory("sluice-try20", "lock");
    Path elsewhere = directory("elsewhere", "lock");
    Files.createSymbolicLink(parent.resolve("sluice-flink21"), elsewhere);
    Files.createSymbolicLink(
        directory("sluice-flink22").resolve("lock"), elsewhere.resolve("lock"));
    Path next = OwnTemporary.make(parent, "sluice-flink");
    assertThat(
        names(),
        containsInAnyOrder(
            running.getFileName().toString(),
            next.getFileName().toString(),
            "sluice-flink18",
            "sluice-flink19",
            "sluice-flink-mine",
            "sluice-try20",
            "elsewhere",
            "sluice-flink21",
            "sluice-flink22"));
    assertThat(Files.exists(running.resolve("lock")), is(true));
    assertThat(Files.exists(elsewhere.resolve("lock")), is(true));
  }

  @Test
  void whatLibrariesDeleteAtTheSameTime_hindersNothing() throws Exception {
    for (int round = 0; round < 20; round++) {
      Path directory = directory("own" + round);
      for (int i = 0; i < 200; i++) {
        directory("own" + round + "/flink" + i, "a", "b");
      }
      Thread library =
          new Thread(
              () -> {
                for (int i = 199; i >= 0; i--) {
                  for (String name : new String[] {"/b", "/a", ""}) {
                    directory.resolve("flink" + i + name).toFile().delete();
                  }
                }
              });
      library.start();
      OwnTemporary.delete(directory);
      library.join();
      assertThat("round " + round, Files.exists(directory), is(false));
    }
  }
}
