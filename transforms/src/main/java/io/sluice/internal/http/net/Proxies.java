package io.sluice.internal.http.net;

import java.net.InetSocketAddress;
import java.net.Proxy.Type;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The proxy for an address. Java's own properties come first ({@code https.proxyHost}, {@code
 * http.nonProxyHosts}, {@code java.net.useSystemProxies}), then the variables that other tools
 * read: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}, the small
 * letters before the large ones. As with curl and Go, {@code HTTP_PROXY} in large letters does not
 * count where a web server set it (CGI), and this machine itself is asked without one, as is the
 * metadata server of a cloud. Thread-safe.
 */
public final class Proxies {
  private static final String JAVA_DIRECT = "localhost|127.*|[::1]|0.0.0.0|[::0]";
  private static final List<String> METADATA =
      List.of("metadata.google.internal", "169.254.169.254", "metadata");

  private final Function<String, @Nullable String> properties;
  private final Function<String, @Nullable String> env;
  private final Function<URI, List<java.net.Proxy>> system;

  /**
   * A proxy.
   *
   * @param scheme http, https (spoken to in TLS) or socks
   * @param password never shown
   */
  public record Proxy(
      String scheme, String host, int port, @Nullable String user, @Nullable String password) {
    public boolean isSocks() {
      return scheme.equals("socks");
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** Those of this process. */
  public static Proxies ofProcess() {
    return new Proxies(
        System::getProperty,
        System::getenv,
        uri -> {
          ProxySelector selector = ProxySelector.getDefault();
          return selector == null ? List.of() : selector.select(uri);
        });
  }

  /**
   * @param system asked only where {@code java.net.useSystemProxies} is true
   */
  public Proxies(
      Function<String, @Nullable String> properties,
      Function<String, @Nullable String> env,
      Function<URI, List<java.net.Proxy>> system) {
    this.properties = properties;
    this.env = env;
    this.system = system;
  }

  /**
   * The proxy for an address; null for none.
   *
   * @param port below 0 for the scheme's own
   * @throws IllegalStateException where it is named in a way that cannot be read; the message says
   *     where, and not what, because it may hold a password
   */
  public @Nullable Proxy of(String scheme, String host, int port) {
    String plain = bare(host).toLowerCase(Locale.ROOT);
    if (METADATA.contains(plain)) {
      return null;
    }
    boolean secure = scheme.equalsIgnoreCase("https");
    String prefix = secure ? "https" : "http";
    String javaHost = properties.apply(prefix + ".proxyHost");
    if (javaHost != null && !javaHost.isBlank()) {
      return isJavaDirect(host) ? null : ofJava(prefix, javaHost.strip(), secure);
    }
    if ("true".equalsIgnoreCase(properties.apply("java.net.useSystemProxies"))) {
      Proxy found = ofSystem(prefix, host, port);
      if (found != null) {
        return found;
      }
    }
    NoProxy direct = NoProxy.of(variable("no_proxy"));
    if (NoProxy.isLoopback(plain) || direct.covers(plain, port < 0 ? (secure ? 443 : 80) : port)) {
      return null;
    }
    for (String name : List.of(prefix + "_proxy", "all_proxy")) {
      String value = variable(name);
      if (value != null) {
        return parse(value, name.toUpperCase(Locale.ROOT));
      }
    }
    return null;
  }

  private @Nullable String variable(String name) {
    String large = name.toUpperCase(Locale.ROOT);
    boolean fromRequest = name.equals("http_proxy") && env.apply("REQUEST_METHOD") != null;
    for (String one : fromRequest ? List.of(name) : List.of(name, large)) {
      String value = env.apply(one);
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return null;
  }

  private Proxy ofJava(String prefix, String host, boolean secure) {
    String port = properties.apply(prefix + ".proxyPort");
    return new Proxy(
        "http",
        host,
        port == null || port.isBlank()
            ? (secure ? 443 : 80)
            : port(port.strip(), "Java's property " + prefix + ".proxyPort"),
        properties.apply(prefix + ".proxyUser"),
        properties.apply(prefix + ".proxyPassword"));
  }

  private @Nullable Proxy ofSystem(String scheme, String host, int port) {
    try {
      URI uri = new URI(scheme, null, host, port, "/", null, null);
      for (java.net.Proxy one : system.apply(uri)) {
        if (one.type() != Type.DIRECT && one.address() instanceof InetSocketAddress at) {
          String how = one.type() == Type.SOCKS ? "socks" : "http";
          return new Proxy(how, at.getHostString(), at.getPort(), null, null);
        }
      }
    } catch (URISyntaxException | RuntimeException e) {
      // A selector that cannot say is one that says nothing.
    }
    return null;
  }

  private boolean isJavaDirect(String host) {
    String given = properties.apply("http.nonProxyHosts");
    String name = host.toLowerCase(Locale.ROOT);
    for (String pattern : (given == null ? JAVA_DIRECT : given).split("\\|", -1)) {
      String one = pattern.strip().toLowerCase(Locale.ROOT);
      boolean open = one.endsWith("*");
      boolean begins = one.startsWith("*");
      String core =
          one.substring(begins ? 1 : 0, Math.max(begins ? 1 : 0, one.length() - (open ? 1 : 0)));
      boolean fits =
          one.isEmpty()
              ? false
              : begins && open
                  ? name.contains(core)
                  : begins ? name.endsWith(core) : open ? name.startsWith(core) : name.equals(core);
      if (fits || (!begins && !open && bare(name).equals(bare(core)) && !core.isEmpty())) {
        return true;
      }
    }
    return false;
  }

  static Proxy parse(String value, String name) {
    String problem =
        "The environment variable "
            + name
            + " is not the URL of a proxy; expected http://HOST:PORT, with a user as"
            + " http://USER:PASSWORD@HOST:PORT, both encoded as in any URL";
    int scheme = value.indexOf("://");
    String how = scheme < 0 ? "http" : value.substring(0, scheme).toLowerCase(Locale.ROOT);
    String rest = scheme < 0 ? value : value.substring(scheme + 3);
    int slash = rest.indexOf('/');
    rest = slash < 0 ? rest : rest.substring(0, slash);
    int at = rest.lastIndexOf('@');
    String host = rest.substring(at + 1);
    int colon = host.lastIndexOf(':');
    boolean hasPort = colon >= 0 && host.indexOf(']', colon) < 0;
    String hostName = bare(hasPort ? host.substring(0, colon) : host);
    boolean socks = how.startsWith("socks");
    boolean known = how.equals("http") || how.equals("https") || socks;
    if (hostName.isEmpty() || !known || hostName.chars().anyMatch(c -> c <= ' ')) {
      throw new IllegalStateException(problem);
    }
    if (socks && at >= 0) {
      throw new IllegalStateException(
          "The environment variable "
              + name
              + " names a user of a SOCKS proxy, which is not"
              + " supported; use an HTTP proxy, or a SOCKS proxy without a user");
    }
    int port =
        hasPort
            ? port(host.substring(colon + 1), "The port in the environment variable " + name)
            : socks ? 1080 : how.equals("https") ? 443 : 80;
    List<String> user = at < 0 ? List.of() : credentials(rest.substring(0, at), problem);
    return new Proxy(
        socks ? "socks" : how,
        hostName,
        port,
        user.isEmpty() ? null : user.get(0),
        user.isEmpty() ? null : user.get(1));
  }

  private static List<String> credentials(String text, String problem) {
    int colon = text.indexOf(':');
    List<String> parts = new ArrayList<>();
    try {
      for (String part :
          List.of(
              colon < 0 ? text : text.substring(0, colon),
              colon < 0 ? "" : text.substring(colon + 1))) {
        parts.add(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(problem);
    }
    return parts;
  }

  private static int port(String text, String where) {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port < 65_536) {
        return port;
      }
    } catch (NumberFormatException e) {
      // As any other that is none.
    }
    throw new IllegalStateException(where + " is not a port; expected a number from 1 to 65535");
  }

  /** Whether a host is this machine, by its name or address; names are not looked up. */
  public static boolean isLoopback(String host) {
    return NoProxy.isLoopback(bare(host).toLowerCase(Locale.ROOT));
  }

  /** Without the brackets of an IPv6 address. */
  static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
