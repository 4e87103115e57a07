package io.sluice.internal.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpBackOffIOExceptionHandler;
import com.google.api.client.http.HttpBackOffUnsuccessfulResponseHandler;
import com.google.api.client.http.HttpRequest;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.apache.v5.Apache5HttpTransport;
import com.google.api.client.util.ExponentialBackOff;
import com.google.api.client.util.Sleeper;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.GoogleCredentials;
import io.sluice.internal.http.net.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Google's Secret Manager by its REST API (Secret Manager's documentation, <i>Method:
 * projects.secrets.versions.access</i>), with application default credentials: on Google Cloud
 * those of the machine, from its metadata server. Thread-safe.
 */
final class SecretManager {
  /** A version of a secret, of the global service or of a region's. */
  static final Pattern NAME =
      Pattern.compile(
          "projects/[^/?#\\s]+/(?:locations/([a-z0-9-]+)/)?secrets/[A-Za-z0-9_-]{1,255}"
              + "/versions/[A-Za-z0-9_-]+");

  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int RETRIES = 5;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 10_000;

  private SecretManager() {}

  /**
   * Reads a secret.
   *
   * @throws IllegalStateException if it cannot be read; the message says what to do
   */
  static String read(String name) {
    Apache5HttpTransport transport =
        new Apache5HttpTransport(
            Transport.forGoogle(Duration.ofMillis(CONNECT_MILLIS), Duration.ofMillis(READ_MILLIS)));
    return read(name, () -> transport, Sleeper.DEFAULT);
  }

  static String read(String name, HttpTransportFactory transports, Sleeper sleeper) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalStateException(
          "\"" + name + "\" is not a secret's version; expected projects/P/secrets/S/versions/V");
    }
    GoogleCredentials credentials;
    try {
      credentials = GoogleCredentials.getApplicationDefault(transports).createScoped(SCOPE);
    } catch (IOException e) {
      throw new IllegalStateException(
          "Read the secret "
              + name
              + ": there are no Google credentials on this worker; run it with a service account,"
              + " or set GOOGLE_APPLICATION_CREDENTIALS",
          e);
    }
    String region = parts.group(1);
    String host = region == null ? "secretmanager" : "secretmanager." + region + ".rep";
    GenericUrl url = new GenericUrl("https://" + host + ".googleapis.com/v1/" + name + ":access");
    try {
      HttpRequest request =
          transports
              .create()
              .createRequestFactory(new HttpCredentialsAdapter(credentials))
              .buildGetRequest(url);
      HttpResponse response =
          request
              .setThrowExceptionOnExecuteError(false)
              .setLoggingEnabled(false)
              .setCurlLoggingEnabled(false)
              .setConnectTimeout(CONNECT_MILLIS)
              .setReadTimeout(READ_MILLIS)
              .setNumberOfRetries(RETRIES)
              .setUnsuccessfulResponseHandler(
                  new HttpBackOffUnsuccessfulResponseHandler(new ExponentialBackOff())
                      .setBackOffRequired(
                          failed ->
                              failed.getStatusCode() / 100 == 5 || failed.getStatusCode() == 429)
                      .setSleeper(sleeper))
              .setIOExceptionHandler(
                  new HttpBackOffIOExceptionHandler(new ExponentialBackOff()).setSleeper(sleeper))
              .execute();
      if (response.getStatusCode() != 200) {
        response.ignore();
        throw new IllegalStateException(
            "Read the secret "
                + name
                + ": the Secret Manager answered "
                + response.getStatusCode()
                + advice(response.getStatusCode()));
      }
      return payload(response);
    } catch (IOException e) {
      // Its message may be an answer's body, and that may be the secret.
      throw new IllegalStateException(
          "Read the secret "
              + name
              + ": the Secret Manager or the machine's metadata server cannot be reached ("
              + e.getClass().getSimpleName()
              + "); check the worker's network and service account");
    }
  }

  private static String payload(HttpResponse response) throws IOException {
    JsonNode answer = JSON.readTree(response.getContent().readAllBytes());
    try {
      return new String(
          Base64.getDecoder().decode(answer.path("payload").path("data").asText()),
          StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IOException("not base64");
    } finally {
      response.disconnect();
    }
  }

  private static String advice(int status) {
    return switch (status) {
      case 401, 403 ->
          "; grant the worker's service account the role roles/secretmanager.secretAccessor on it,"
              + " and enable the API";
      case 404 -> "; there is no such secret or version";
      case 400 -> "; the version is disabled or destroyed, or the name is wrong";
      default -> "; run the same command again later";
    };
  }
}
