package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The rehearsal provider in a process of its own, as a real one is. */
final class Provider implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final String url;

  Provider(Path directory, String... flags) throws IOException, InterruptedException {
    Path port = directory.resolve("port");
    Files.deleteIfExists(port);
    List<String> arguments = new ArrayList<>(List.of("simulate", "--port=0", "--portFile=" + port));
    arguments.addAll(List.of(flags));
    if (arguments.stream().noneMatch(flag -> flag.startsWith("--labels"))) {
      // An answer that is longer than its cap would be asked for again.
      arguments.add("--labels=fine");
    }
    process = Jar.start(arguments, directory.resolve("provider.log"));
    while (!Files.exists(port) || Files.size(port) == 0) {
      if (!process.isAlive()) {
        throw new IOException(Files.readString(directory.resolve("provider.log")));
      }
      Thread.sleep(50);
    }
    url = "http://localhost:" + Files.readString(port).strip();
  }

  String url() {
    return url + "/v1";
  }

  /** The provider's books, its accounts as one. */
  Books books() throws IOException {
    JsonNode stats = JSON.readTree(URI.create(url + "/stats").toURL());
    Books sum = new Books(0, 0, 0, 0, 0, 0, 0);
    for (JsonNode account : stats.path("accounts")) {
      sum =
          new Books(
              sum.received() + account.path("received").asLong(),
              sum.rateLimited() + account.path("rateLimited").asLong(),
              sum.byChance() + account.path("turnedAway").asLong(),
              Math.max(sum.seconds(), account.path("seconds").asDouble()),
              Math.max(sum.requestShare(), account.path("requestUtilisation").asDouble()),
              Math.max(sum.tokenShare(), account.path("tokenUtilisation").asDouble()),
              stats.path("connections").asInt());
    }
    return sum;
  }

  /**
   * @param byChance those of the rate limited that were refused whatever the rate was
   * @param seconds between the first and the last request that was let in
   * @param requestShare of the requests that the quota allows in that time
   * @param tokenShare of the tokens
   */
  record Books(
      long received,
      long rateLimited,
      long byChance,
      double seconds,
      double requestShare,
      double tokenShare,
      int connections) {
    double rateLimitedShare() {
      return received == 0 ? 0 : (double) rateLimited / received;
    }

    double chanceShare() {
      return received == 0 ? 0 : (double) byChance / received;
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
