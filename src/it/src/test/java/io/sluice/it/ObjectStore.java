package io.sluice.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of S3's protocol on this machine, with one bucket. */
final class ObjectStore implements AutoCloseable {
  private static final String BUCKET = "rehearsal";
  private static final Pattern PORT = Pattern.compile("(\\d+) \\(http/1.1\\) with context path");
  private static final int MOST_SECONDS = 120;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final String endpoint;

  private ObjectStore(Process process, String endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  static ObjectStore start(Path directory) throws IOException, InterruptedException {
    Path log = directory.resolve("s3.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dcom.adobe.testing.s3mock.httpPort=0",
                "-Dserver.port=0",
                "-Dcom.adobe.testing.s3mock.store.root=" + directory.resolve("s3"),
                "-jar",
                Objects.requireNonNull(System.getProperty("s3.jar"), "s3.jar"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    for (int waited = 0; waited < MOST_SECONDS && process.isAlive(); waited++) {
      Matcher port = PORT.matcher(Files.readString(log));
      if (port.find()) {
        ObjectStore store = new ObjectStore(process, "http://127.0.0.1:" + port.group(1));
        store.put("", new byte[0]);
        return store;
      }
      process.waitFor(1, TimeUnit.SECONDS);
    }
    process.destroyForcibly();
    throw new IOException("The server did not start; it printed:\n" + Files.readString(log));
  }

  /** Where an object is for a job. */
  String name(String key) {
    return "s3://" + BUCKET + "/" + key;
  }

  /** What a job's process must know to reach it. */
  Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL", endpoint,
        "AWS_ACCESS_KEY_ID", "rehearsal",
        "AWS_SECRET_ACCESS_KEY", "rehearsal");
  }

  void put(String key, byte[] content) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            request(key).PUT(BodyPublishers.ofByteArray(content)).build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("PUT " + key + ": " + response.statusCode() + " " + response.body());
    }
  }

  String get(String key) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request(key).build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("GET " + key + ": " + response.statusCode() + " " + response.body());
    }
    return response.body();
  }

  private HttpRequest.Builder request(String key) {
    return HttpRequest.newBuilder(URI.create(endpoint + "/" + BUCKET + "/" + key));
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
