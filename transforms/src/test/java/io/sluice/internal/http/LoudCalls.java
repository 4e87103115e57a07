package io.sluice.internal.http;

import static io.sluice.internal.http.RawServer.answer;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.net.Proxies;
import io.sluice.spi.ApiKey;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Calls in every way that has a key, in a process in which every logger says all it has. */
final class LoudCalls {
  static final String KEY = "sk-test-0123456789-abcdef";
  static final String PASSWORD = "proxy-password-9876";

  private LoudCalls() {}

  private static final Endpoint.Wire WIRE =
      (status, headers, body, what) ->
          status == 200
              ? new Reply.Answered(body, "m", "stop", null, RateHeaders.NONE)
              : ErrorVerdict.ofStatus(status)
                  .toReply(ErrorReply.of(status, headers, what, body, ""));

  private static Connection connection(String url) {
    Provider provider =
        new Provider("openai", url, KeySource.NONE, "Authorization", Map.of(), Map.of());
    return new Connection(provider, Operation.CHAT, "m", ApiKey.of(KEY), Duration.ofSeconds(5), 10);
  }

  public static void main(String[] arguments) throws Exception {
    Logger root = Logger.getLogger("");
    root.setLevel(Level.ALL);
    for (Handler handler : root.getHandlers()) {
      handler.setLevel(Level.ALL);
    }
    try (RawServer server =
        new RawServer(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                boolean proxied = got.startsWith("POST http:");
                boolean known = got.toLowerCase(Locale.ROOT).contains("proxy-auth");
                if (proxied && !known) {
                  talk.write(answer(407, "proxy-authenticate: Basic realm=\"p\"\r\n", ""));
                } else if (got.contains("refuse")) {
                  talk.write(answer(401, "x-echo: " + KEY + "\r\n", "{\"error\":\"" + KEY + "\"}"));
                } else if (got.contains("break")) {
                  return;
                } else {
                  talk.write(answer(200, "x-echo: " + KEY + "\r\n", "{\"you\":\"" + KEY + "\"}"));
                }
              }
            })) {
      Connection connection = connection(server.url());
      try (Endpoint endpoint = new Endpoint(connection, "/x", Map.of(), WIRE);
          ControlCalls control = new ControlCalls(connection, Map.of(), WIRE)) {
        for (String body : new String[] {"{}", "{\"refuse\":1}", "{\"break\":1}", "{}"}) {
          System.out.println("came: " + endpoint.post(body, WIRE));
        }
        control.post("/files", "{}");
        control.download("/files/1", in -> in.readAllBytes());
        try {
          control.post("/refuse", "{}");
        } catch (CallFailedException e) {
          System.out.println("failed: " + e);
        }
      }
      Proxies proxies =
          new Proxies(
              name -> null,
              Map.of("http_proxy", "http://user:" + PASSWORD + "@127.0.0.1:" + server.port())::get,
              uri -> List.of());
      try (Endpoint endpoint =
          new Endpoint(connection("http://provider.test"), "/x", Map.of(), WIRE, proxies)) {
        System.out.println("over a proxy: " + endpoint.post("{}", WIRE));
      }
      System.out.println("done " + URI.create(server.url()).getHost());
    }
  }
}
