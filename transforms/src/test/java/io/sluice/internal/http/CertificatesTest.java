package io.sluice.internal.http;

import static io.sluice.internal.http.RawServer.answer;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.net.Proxies;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Own authorities, client certificates and proxies, with real sockets. */
@Timeout(120)
class CertificatesTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Reply ANSWER = new Reply.Answered("x", "m", "stop", null, RateHeaders.NONE);

  @TempDir static Path dir;
  private static SSLContext serverSide;
  private static SSLContext trusting;
  private static SSLContext known;

  private SSLContext before;
  private @Nullable RawServer server;
  private @Nullable RawServer proxy;
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void stores() throws Exception {
    Path servers = keys("server", "dns:llm.test,dns:localhost");
    Path clients = keys("client", "dns:client");
    serverSide = context(servers, clients);
    trusting = context(null, servers);
    known = context(clients, servers);
  }

  private static Path keys(String name, String names) throws IOException, InterruptedException {
    Path store = dir.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + names,
                "-validity",
                "30",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-storetype",
                "PKCS12")
            .redirectErrorStream(true)
            .start();
    String said =
        new String(
            keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(said, keytool.waitFor(), is(0));
    return store;
  }

  /** As Java makes its default of javax.net.ssl.keyStore and trustStore. */
  private static SSLContext context(@Nullable Path own, Path trusted) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own == null ? null : load(own), PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    KeyStore from = load(trusted);
    String alias = from.aliases().nextElement();
    certificates.setCertificateEntry(alias, from.getCertificate(alias));
    trust.init(certificates);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore load(Path file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  @BeforeEach
  void remember() throws Exception {
    before = SSLContext.getDefault();
  }

  @AfterEach
  void stop() throws IOException {
    SSLContext.setDefault(before);
    if (server != null) {
      server.close();
    }
    if (proxy != null) {
      proxy.close();
    }
  }

  private RawServer serve(boolean needsClient) throws IOException {
    SSLServerSocket socket =
        (SSLServerSocket)
            serverSide
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    socket.setNeedClientAuth(needsClient);
    RawServer made =
        new RawServer(
            socket,
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                asked.add(got.substring(0, got.indexOf('\r')));
                talk.write(answer("x"));
              }
            });
    server = made;
    return made;
  }

  private Reply ask(String url, Map<String, String> env) {
    Provider provider =
        new Provider("openai", url, KeySource.NONE, "Authorization", Map.of(), Map.of());
    Connection connection =
        new Connection(provider, Operation.CHAT, "m", null, Duration.ofSeconds(30), 10);
    try (Endpoint endpoint =
        new Endpoint(
            connection,
            "/x",
            Map.of(),
            (status, headers, body, what) ->
                status == 200
                    ? ANSWER
                    : ErrorVerdict.ofStatus(status)
                        .toReply(ErrorReply.of(status, headers, what, body, "")),
            new Proxies(name -> null, env::get, uri -> List.of()))) {
      endpoint.post("d0", (status, headers, body, what) -> ANSWER);
      return endpoint.post(new io.sluice.spi.Request("00", "d1", 1, 1));
    }
  }

  private String url(String host) {
    return "https://" + host + ":" + port();
  }

  private int port() {
    return server == null ? 0 : server.port();
  }

  @Test
  void anUnknownAuthority_stopsTheAccount_andSaysWhatToDo() throws IOException {
    serve(false);
    Reply.Failed failed = (Reply.Failed) ask(url("localhost"), Map.of());
    assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
    assertThat(failed.scope(), is(Scope.ACCOUNT));
    assertThat(failed.billing(), is(Billing.NOT_BILLED));
    assertThat(failed.message(), containsString("certificate is not trusted"));
    assertThat(failed.message(), containsString("-Djavax.net.ssl.trustStore"));
  }

  @Test
  void anOwnAuthority_isTrusted() throws IOException {
    serve(false);
    SSLContext.setDefault(trusting);
    assertThat(ask(url("localhost"), Map.of()), is(ANSWER));
  }

  @Test
  void aCertificateForAnotherHost_isRefused() throws Exception {
    serve(false);
    SSLContext.setDefault(trusting);
    Reply.Failed failed = (Reply.Failed) ask(url("127.0.0.1"), Map.of());
    assertThat(failed.scope(), is(Scope.ACCOUNT));
    assertThat(failed.message(), containsString("is for another host"));
    assertThat(asked, is(List.of()));
  }

  @Test
  void aClientsCertificate_isShown() throws IOException {
    serve(true);
    SSLContext.setDefault(known);
    assertThat(ask(url("localhost"), Map.of()), is(ANSWER));
  }

  @Test
  void aClientWithoutACertificate_isAnAccountsFailure() throws IOException {
    serve(true);
    SSLContext.setDefault(trusting);
    Reply failed = ask(url("localhost"), Map.of());
    assertThat(failed, instanceOf(Reply.Failed.class));
    assertThat(asked, is(List.of()));
  }

  private RawServer proxy(String answer) throws IOException {
    int behind = port();
    RawServer made =
        new RawServer(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                asked.add(got.substring(0, got.indexOf('\r')));
                int at = got.toLowerCase(java.util.Locale.ROOT).indexOf("proxy-authorization: ");
                if (!answer.isEmpty() && at < 0) {
                  talk.write(answer);
                  continue;
                }
                if (at >= 0) {
                  asked.add(got.substring(at + 21, got.indexOf('\r', at)));
                }
                if (!got.startsWith("CONNECT")) {
                  talk.write(answer("x"));
                  continue;
                }
                talk.write("HTTP/1.1 200 Connected\r\n\r\n");
                tunnel(talk.socket(), behind);
                return;
              }
            });
    proxy = made;
    return made;
  }

  private void tunnel(Socket from, int behind) throws IOException {
    try (Socket to = new Socket(InetAddress.getLoopbackAddress(), behind)) {
      Thread back =
          new Thread(
              () -> {
                try {
                  to.getInputStream().transferTo(from.getOutputStream());
                } catch (IOException e) {
                  // It has ended.
                }
              });
      back.setDaemon(true);
      back.start();
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  @Test
  void httpsGoesThroughAProxysTunnel_toANameThatOnlyItKnows() throws IOException {
    serve(false);
    SSLContext.setDefault(trusting);
    RawServer through = proxy("");
    assertThat(
        ask("https://llm.test:8443", Map.of("HTTPS_PROXY", "http://127.0.0.1:" + through.port())),
        is(ANSWER));
    assertThat(
        asked,
        is(List.of("CONNECT llm.test:8443 HTTP/1.1", "POST /x HTTP/1.1", "POST /x HTTP/1.1")));
  }

  @Test
  void aProxysUser_isToldToTheProxyOnly() throws IOException {
    serve(false);
    SSLContext.setDefault(trusting);
    RawServer through =
        proxy(
            "HTTP/1.1 407 Who\r\nproxy-authenticate: Basic realm=\"p\"\r\ncontent-length: 0\r\n\r\n");
    assertThat(
        ask(
            "https://llm.test:8443",
            Map.of("HTTPS_PROXY", "http://me:hush-hush@127.0.0.1:" + through.port())),
        is(ANSWER));
    String basic =
        Base64.getEncoder()
            .encodeToString("me:hush-hush".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(
        asked,
        is(
            List.of(
                "CONNECT llm.test:8443 HTTP/1.1",
                "CONNECT llm.test:8443 HTTP/1.1",
                "Basic " + basic,
                "POST /x HTTP/1.1",
                "POST /x HTTP/1.1")));
  }

  @Test
  void plainHttpIsSentToTheProxyWhole() throws IOException {
    serve(false);
    RawServer through = proxy("");
    assertThat(
        ask("http://llm.test", Map.of("HTTP_PROXY", "127.0.0.1:" + through.port())), is(ANSWER));
    assertThat(asked.get(0), is("POST http://llm.test/x HTTP/1.1"));
  }

  @Test
  void aProxyThatIsNotThere_isNamed_andItsPasswordIsNot() throws IOException {
    serve(false);
    RawServer through = proxy("");
    int port = through.port();
    through.close();
    Reply.Failed failed =
        (Reply.Failed)
            ask("https://llm.test", Map.of("HTTPS_PROXY", "http://me:hush-hush@127.0.0.1:" + port));
    assertThat(failed.message(), containsString("through the proxy 127.0.0.1:" + port));
    assertThat(failed.message(), not(containsString("hush")));
    assertThat(failed.billing(), is(Billing.NOT_BILLED));
  }
}
