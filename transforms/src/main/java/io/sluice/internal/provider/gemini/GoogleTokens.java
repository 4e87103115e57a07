package io.sluice.internal.provider.gemini;

import com.google.api.client.http.apache.v5.Apache5HttpTransport;
import com.google.auth.Retryable;
import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import io.sluice.internal.http.net.Transport;
import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of Google's application default credentials (google-auth-library, AIP-4110): a service
 * account's file that {@code GOOGLE_APPLICATION_CREDENTIALS} names, what {@code gcloud auth
 * application-default login} has left, or the machine's own service account. A token holds an hour
 * and is replaced before. Thread-safe.
 */
final class GoogleTokens {
  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration READ = Duration.ofSeconds(20);

  private final GoogleCredentials credentials;

  private GoogleTokens(GoogleCredentials credentials) {
    this.credentials = credentials;
  }

  /**
   * @throws IllegalStateException if this machine has none; the message says what to do
   */
  static GoogleTokens ofProcess() {
    Apache5HttpTransport transport = new Apache5HttpTransport(Transport.forGoogle(CONNECT, READ));
    return find(() -> transport);
  }

  static GoogleTokens find(HttpTransportFactory transports) {
    try {
      return of(GoogleCredentials.getApplicationDefault(transports));
    } catch (IOException e) {
      throw new IllegalStateException(
          "there are no Google credentials on this machine ("
              + e.getClass().getSimpleName()
              + "); run with a service account, set GOOGLE_APPLICATION_CREDENTIALS to its file, or"
              + " run gcloud auth application-default login",
          e);
    }
  }

  static GoogleTokens of(GoogleCredentials credentials) {
    return new GoogleTokens(credentials.createScoped(SCOPE));
  }

  /** What requests are signed with. */
  ApiKey key() {
    return ApiKey.ofTokens(this::token);
  }

  /** The project that a person's calls are counted against; null where that is the model's. */
  @Nullable String quotaProject() {
    return credentials.getQuotaProjectId();
  }

  private String token() {
    try {
      credentials.refreshIfExpired();
    } catch (IOException e) {
      // Its message may be an answer's body: only its kind is told.
      String failed = "Google gave no access token (" + e.getClass().getSimpleName() + ")";
      if (e instanceof Retryable retryable && !retryable.isRetryable()) {
        throw new IllegalStateException(
            failed + "; the credentials of this machine are refused: make new ones", e);
      }
      throw new UncheckedIOException(failed, e);
    }
    AccessToken token = credentials.getAccessToken();
    if (token == null || token.getTokenValue() == null) {
      throw new IllegalStateException("Google's credentials of this machine give no access token");
    }
    return token.getTokenValue();
  }
}
