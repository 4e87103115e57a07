package io.sluice.internal.http;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** What a person can do about a connection that failed for its certificates. */
final class Certificates {
  private static final int DEEPEST = 20;

  private Certificates() {}

  /**
   * Says what is wrong and what to do, to follow a message.
   *
   * @return empty where it is not certificates that failed
   */
  static String problem(Throwable thrown) {
    if (!(thrown instanceof SSLException)) {
      return "";
    }
    Throwable cause = thrown;
    for (int i = 0; i < DEEPEST && cause != null; i++) {
      if (cause instanceof CertPathBuilderException
          || cause instanceof CertPathValidatorException
          || cause instanceof CertificateException) {
        return "; the server's certificate is not trusted: where it is your own authority's, put that"
            + " into a trust store and name it with -Djavax.net.ssl.trustStore=FILE in"
            + " SLUICE_JAVA_OPTS";
      }
      if (cause instanceof SSLPeerUnverifiedException) {
        return "; the server's certificate is for another host: check provider.baseUrl";
      }
      cause = cause.getCause();
    }
    String message = String.valueOf(thrown.getMessage());
    return thrown instanceof SSLHandshakeException
            && (message.contains("certificate_required") || message.contains("bad_certificate"))
        ? "; the server asks for a client's certificate: name its store with"
            + " -Djavax.net.ssl.keyStore=FILE in SLUICE_JAVA_OPTS"
        : "";
  }
}
