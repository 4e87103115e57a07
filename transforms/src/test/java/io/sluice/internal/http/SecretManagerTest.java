package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.api.client.http.javanet.NetHttpTransport;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.ModelTask.KeySource;
import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a metadata server and a Secret Manager on localhost. */
class SecretManagerTest {
  private static final String NAME = "projects/acme/secrets/openai/versions/latest";
  private static final String KEY = "sk-very-secret";

  /** One for all tests: the client keeps the machine's credentials as long as the JVM. */
  private static HttpServer server;

  private final List<String> asked = new ArrayList<>();
  private final List<Long> slept = new ArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();
  private int failure = 503;
  private String data = Base64.getEncoder().encodeToString((KEY + "\n").getBytes());

  @BeforeAll
  static void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", SecretManagerTest::metadata);
    server.start();
  }

  @BeforeEach
  void answer() {
    server.createContext("/v1/", this::secret);
  }

  @AfterEach
  void forget() {
    server.removeContext("/v1/");
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  private static void metadata(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Metadata-Flavor", "Google");
    boolean known = "Google".equals(exchange.getRequestHeaders().getFirst("Metadata-Flavor"));
    String path = exchange.getRequestURI().getPath();
    String body = "";
    if (path.endsWith("/token")) {
      body = "{\"access_token\":\"a-token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}";
      exchange.getResponseHeaders().set("Content-Type", "application/json");
    } else if (path.endsWith("/universe-domain")) {
      body = "googleapis.com";
    } else if (path.endsWith("/service-accounts/")) {
      body = "{\"default\": {\"email\": \"worker@acme.iam.gserviceaccount.com\"}}";
    }
    send(exchange, known ? 200 : 403, body);
  }

  private void secret(HttpExchange exchange) throws IOException {
    asked.add(exchange.getRequestHeaders().getFirst("X-Asked") + exchange.getRequestURI());
    if (failures.getAndDecrement() > 0) {
      send(exchange, failure, "{\"error\": {\"status\": \"X\"}}");
    } else if (!"Bearer a-token".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      send(exchange, 401, "");
    } else {
      send(exchange, 200, "{\"name\": \"n\", \"payload\": {\"data\": \"" + data + "\"}}");
    }
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** Every address is the local server's; the one that was meant is a header. */
  private static HttpURLConnection open(URL meant) throws IOException {
    URL here =
        URI.create("http://localhost:" + server.getAddress().getPort() + meant.getFile()).toURL();
    HttpURLConnection connection = (HttpURLConnection) here.openConnection();
    connection.setRequestProperty("X-Asked", meant.getProtocol() + "://" + meant.getHost());
    return connection;
  }

  private String read(String name) {
    NetHttpTransport transport =
        new NetHttpTransport.Builder().setConnectionFactory(SecretManagerTest::open).build();
    return SecretManager.read(name, () -> transport, slept::add);
  }

  @Test
  void aKeyIsReadWithTheMachinesOwnCredentials() {
    ApiKey key = ApiKeys.resolve(KeySource.ofSecret(NAME), name -> null, this::read);
    assertThat(key.reveal(), is(KEY));
    assertThat(asked, contains("https://secretmanager.googleapis.com/v1/" + NAME + ":access"));
  }

  @Test
  void aRegionsSecretIsReadFromItsRegion() {
    String name = "projects/acme/locations/europe-west3/secrets/openai/versions/7";
    assertThat(read(name), is(KEY + "\n"));
    assertThat(
        asked,
        contains("https://secretmanager.europe-west3.rep.googleapis.com/v1/" + name + ":access"));
  }

  @Test
  void aServiceThatIsDownIsAskedAgain() {
    failures.set(3);
    assertThat(read(NAME), is(KEY + "\n"));
    assertThat(asked, hasSize(4));
    assertThat(slept, hasSize(3));
  }

  @Test
  void aSecretThatMayNotBeReadSaysWhatToGrant() {
    failures.set(9);
    failure = 403;
    Exception e = assertThrows(IllegalStateException.class, () -> read(NAME));
    assertThat(e.getMessage(), containsString(NAME));
    assertThat(e.getMessage(), containsString("answered 403"));
    assertThat(e.getMessage(), containsString("roles/secretmanager.secretAccessor"));
    assertThat(asked, hasSize(1));
  }

  @Test
  void aServiceThatStaysDownIsNotAskedForEver() {
    failures.set(99);
    Exception e = assertThrows(IllegalStateException.class, () -> read(NAME));
    assertThat(e.getMessage(), containsString("answered 503; run the same command again later"));
    assertThat(asked, hasSize(6));
  }

  @Test
  void whatIsNoKeyIsNotRepeated() {
    data = KEY + "!";
    Exception broken = assertThrows(IllegalStateException.class, () -> read(NAME));
    assertThat(broken.getMessage(), not(containsString(KEY)));
    data = Base64.getEncoder().encodeToString((KEY + " and more").getBytes());
    Exception odd =
        assertThrows(
            IllegalStateException.class,
            () -> ApiKeys.resolve(KeySource.ofSecret(NAME), name -> null, this::read));
    assertThat(odd.getMessage(), containsString("The secret " + NAME));
    assertThat(odd.getMessage(), not(containsString(KEY)));
  }
}
