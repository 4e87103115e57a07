package io.sluice.internal.http.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is asked without a proxy, as {@code NO_PROXY} says it: names, each with all below it, a dot
 * or {@code *.} before it or not; addresses; blocks of addresses ({@code 10.0.0.0/8}); each with a
 * port or without; {@code *} for all. Apart by commas or spaces. What cannot be read covers
 * nothing. Names are not looked up. Immutable.
 */
final class NoProxy {
  private final List<Rule> rules;

  private interface Rule {
    boolean covers(String host, int port);
  }

  private NoProxy(List<Rule> rules) {
    this.rules = rules;
  }

  static NoProxy of(@Nullable String list) {
    List<Rule> rules = new ArrayList<>();
    if (list != null) {
      for (String entry : list.toLowerCase(Locale.ROOT).split("[,\\s]+", -1)) {
        if (!entry.isEmpty()) {
          rules.add(rule(entry));
        }
      }
    }
    return new NoProxy(rules);
  }

  /**
   * @param host in small letters, an IPv6 address without brackets
   */
  boolean covers(String host, int port) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return rules.stream().anyMatch(rule -> rule.covers(name, port));
  }

  private static Rule rule(String entry) {
    if (entry.equals("*")) {
      return (host, port) -> true;
    }
    int slash = entry.indexOf('/');
    if (slash >= 0) {
      return block(entry.substring(0, slash), entry.substring(slash + 1));
    }
    String name = entry;
    int onPort = -1;
    int colon = entry.lastIndexOf(':');
    boolean ipv6 = entry.indexOf(':') != colon && !entry.startsWith("[");
    if (colon >= 0 && !ipv6 && entry.indexOf(']', colon) < 0) {
      try {
        onPort = Integer.parseInt(entry.substring(colon + 1));
        name = entry.substring(0, colon);
      } catch (NumberFormatException e) {
        return (host, port) -> false;
      }
    }
    String bare = Proxies.bare(name);
    byte @Nullable [] address = address(bare);
    String suffix =
        bare.startsWith("*.") ? bare.substring(2) : bare.startsWith(".") ? bare.substring(1) : bare;
    int only = onPort;
    return (host, port) ->
        (only < 0 || only == port)
            && !suffix.isEmpty()
            && (host.equals(suffix)
                || (address == null
                    ? host.endsWith("." + suffix)
                    : java.util.Arrays.equals(address, address(host))));
  }

  private static Rule block(String of, String bits) {
    byte @Nullable [] network = address(Proxies.bare(of));
    int length;
    try {
      length = Integer.parseInt(bits);
    } catch (NumberFormatException e) {
      length = -1;
    }
    if (network == null || length < 0 || length > network.length * 8) {
      return (host, port) -> false;
    }
    int fixed = length;
    return (host, port) -> {
      byte @Nullable [] address = address(host);
      return address != null && address.length == network.length && same(address, network, fixed);
    };
  }

  private static boolean same(byte[] one, byte[] other, int bits) {
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i % 8);
      if ((one[i / 8] & mask) != (other[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The bytes of an address; null for a name, which is not looked up. */
  static byte @Nullable [] address(String host) {
    boolean digits = !host.isEmpty();
    int dots = 0;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      dots += c == '.' ? 1 : 0;
      digits &= c == '.' || (c >= '0' && c <= '9');
    }
    boolean ipv4 = digits && dots == 3;
    boolean ipv6 =
        host.indexOf(':') >= 0
            && host.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.');
    if (!ipv4 && !ipv6) {
      return null;
    }
    try {
      return InetAddress.getByName(host).getAddress();
    } catch (UnknownHostException e) {
      return null;
    }
  }

  static boolean isLoopback(String host) {
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return true;
    }
    byte @Nullable [] address = address(host);
    try {
      return address != null && InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
