package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;

import io.sluice.simulate.Simulator;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session cluster as an operator has it, for weeks: many jobs, one after the other. */
class SessionClusterTest {
  private static final int JOBS = 30;
  private static final int DOCUMENTS = 20;

  /** Flink's default for JobManager and TaskManager alike. */
  private static final int METASPACE_MB = 256;

  /**
   * The last job's: the JDK's own {@code java.lang.runtime.ObjectMethods} has a method handle that
   * remembers the last record whose hash code was made, until the next one's is.
   */
  private static final int KEPT_BY_THE_JDK = 1;

  /** Each job has one; its parent is the cluster's own. */
  private static final Pattern JOBS_LOADERS =
      Pattern.compile(
          "\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+org\\.apache\\.flink\\.util\\.ChildFirstClassLoader\\b.*");

  @TempDir Path directory;

  /** Takes minutes, so that it has its own command: see the pom. */
  @Test
  @Tag("long")
  void thirtyJobsAtFlinksOwnMetaspace_leaveNoClassLoaderBehind() throws Exception {
    try (Simulator simulator = Rehearsal.provider(60_000);
        FlinkCluster cluster =
            new FlinkCluster(
                directory.resolve("cluster"), "--taskManagers=1", "--metaspace=" + METASPACE_MB)) {
      FlinkRest rest = cluster.rest();
      String jar = rest.upload(Path.of(System.getProperty("sluice.flink.jar", "")));
      for (int i = 0; i < JOBS; i++) {
        Path own = Files.createDirectory(directory.resolve("job-" + i));
        Rehearsal job = new Rehearsal(own, simulator, DOCUMENTS, 20);
        rest.awaitState(rest.run(jar, job.flags(), 1, null), "FINISHED");
        job.checkRows(DOCUMENTS);
      }
      for (Map.Entry<String, Long> process : cluster.processes().entrySet()) {
        assertThat(
            "class loaders of jobs that are over in the " + process.getKey(),
            jobsLoaders(process.getValue()),
            is(lessThanOrEqualTo(KEPT_BY_THE_JDK)));
      }
    }
  }

  /** How many of a process' class loaders a full collection, which this begins with, has left. */
  private static int jobsLoaders(long pid) throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process process =
        new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String histogram = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(histogram, process.waitFor(), is(0));
    assertThat(histogram, containsString("java.lang.String"));
    int loaders = 0;
    for (String line : histogram.lines().toList()) {
      Matcher found = JOBS_LOADERS.matcher(line);
      if (found.matches()) {
        loaders += Integer.parseInt(found.group(1));
      }
    }
    return loaders;
  }

  @Test
  void itsLogTellsTheJob_andAReporterHasAllMetricsAsNumbers() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (Simulator simulator = Rehearsal.provider(12_000);
        FlinkCluster cluster =
            new FlinkCluster(
                directory.resolve("cluster"),
                "--taskManagers=1",
                "--conf=metrics.reporter.prom.factory.class="
                    + "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
                "--conf=metrics.reporter.prom.port=" + port + "-" + (port + 5),
                "--conf=metrics.reporters=prom")) {
      Rehearsal job = new Rehearsal(directory, simulator, 3_000, 100);
      FlinkRest rest = cluster.rest();
      String jar = rest.upload(Path.of(System.getProperty("sluice.flink.jar", "")));
      String id = rest.run(jar, job.flags(), 1, null);
      simulator.awaitBilled(500, () -> rest.isRunning(id));
      rest.awaitMetrics(id, "documentsAnswered");
      Map<String, Double> reported = scrape(port);
      rest.awaitState(id, "FINISHED");

      Set<String> missing = new TreeSet<>(FlinkRest.METRICS);
      missing.removeAll(reported.keySet());
      assertThat("all of them are reported", missing, is(empty()));
      assertThat(reported.get("documentsAnswered"), is(greaterThan(0.0)));
      assertThat(reported.get("latencyMs"), is(greaterThan(0.0)));
      assertThat(reported.get("latencyMsP99"), is(greaterThan(0.0)));
      assertThat(reported.get("latencyMsSum"), is(greaterThan(0.0)));

      List<String> said =
          cluster.log("taskmanager-1").stream()
              .filter(line -> line.contains("Task rehearsal:"))
              .toList();
      assertThat(
          said,
          hasItems(
              containsString("begins on this worker: chat with gpt-4o-mini of openai at"),
              containsString("ends on this worker after")));
      assertThat(said, everyItem(matchesPattern(".* INFO .*")));
      assertThat(
          cluster.log("taskmanager-1"), not(hasItem(containsString("a-key-to-rehearse-with"))));
    }
  }

  /**
   * The job's own metrics, summed over what they are told apart by, as Prometheus would read them.
   */
  private static Map<String, Double> scrape(int firstPort) throws Exception {
    Map<String, Double> sums = new TreeMap<>();
    Pattern line = Pattern.compile("flink_.*_sluice_(\\w+)\\{.*} (\\S+)");
    HttpClient client = HttpClient.newHttpClient();
    for (int port = firstPort; port <= firstPort + 5; port++) {
      String page;
      try {
        page =
            client
                .send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/metrics"))
                        .build(),
                    HttpResponse.BodyHandlers.ofString())
                .body();
      } catch (ConnectException e) {
        continue;
      }
      for (String each : page.lines().toList()) {
        Matcher found = line.matcher(each);
        if (found.matches()) {
          sums.merge(found.group(1), Double.parseDouble(found.group(2)), Double::sum);
        }
      }
    }
    return sums;
  }
}
