package io.sluice.internal.http.net;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.net.Proxy.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {
  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> env = new HashMap<>();

  private String of(String scheme, String host, int port) {
    Proxies.Proxy proxy =
        new Proxies(
                properties::get,
                env::get,
                uri ->
                    List.of(
                        new java.net.Proxy(
                            Type.HTTP, InetSocketAddress.createUnresolved("desktop", 3128))))
            .of(scheme, host, port);
    return proxy == null ? "direct" : proxy.scheme() + " " + proxy;
  }

  @Test
  void javasProperties_comeFirst() {
    properties.put("https.proxyHost", "java");
    properties.put("https.proxyPort", "8080");
    env.put("HTTPS_PROXY", "http://env:1");
    env.put("HTTP_PROXY", "http://plain:2");
    assertThat(of("https", "api.example.com", -1), is("http java:8080"));
    assertThat(of("http", "api.example.com", -1), is("http plain:2"));
  }

  @ParameterizedTest
  @CsvSource({
    "api.example.com, direct",
    "example.com, http java:443",
    "10.1.2.3, direct",
    "11.1.2.3, http java:443",
    "one.here.net, direct",
    "exact, direct",
  })
  void javasExceptions(String host, String expected) {
    properties.put("https.proxyHost", "java");
    properties.put("http.nonProxyHosts", "*.example.com|10.*|*here*|exact");
    assertThat(of("https", host, -1), is(expected));
  }

  @Test
  void theDesktopsProxy_whereJavaIsToldSo() {
    assertThat(of("https", "api.example.com", -1), is("direct"));
    properties.put("java.net.useSystemProxies", "true");
    assertThat(of("https", "api.example.com", -1), is("http desktop:3128"));
  }

  @ParameterizedTest
  @CsvSource({
    "http://p:1, http p:1",
    "p:1, http p:1",
    "http://p, http p:80",
    "https://p, https p:443",
    "http://u:pass@p:1/, http p:1",
    "http://u%40x:pa%3Ass@p:1, http p:1",
    "socks5://p, socks p:1080",
    "http://[::1]:3128, http ::1:3128",
  })
  void variables(String value, String expected) {
    env.put("HTTPS_PROXY", value);
    assertThat(of("https", "api.example.com", -1), is(expected));
  }

  @Test
  void smallLettersComeFirst_andOneForAllLast() {
    env.put("ALL_PROXY", "all:1");
    assertThat(of("https", "a.com", -1), is("http all:1"));
    env.put("HTTPS_PROXY", "large:1");
    assertThat(of("https", "a.com", -1), is("http large:1"));
    env.put("https_proxy", "small:1");
    assertThat(of("https", "a.com", -1), is("http small:1"));
  }

  @Test
  void aWebServersHeader_isNoProxy() {
    env.put("HTTP_PROXY", "evil:1");
    env.put("REQUEST_METHOD", "GET");
    assertThat(of("http", "a.com", -1), is("direct"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "127.9.9.9", "[::1]", "x.localhost"})
  void thisMachine_isAskedWithoutOne(String host) {
    env.put("HTTP_PROXY", "p:1");
    assertThat(of("http", host, 8000), is("direct"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"metadata.google.internal", "169.254.169.254"})
  void theMetadataServer_isAskedWithoutOne(String host) {
    env.put("HTTP_PROXY", "p:1");
    properties.put("http.proxyHost", "java");
    assertThat(of("http", host, -1), is("direct"));
  }

  @ParameterizedTest
  @CsvSource({
    "'*', a.com, 443, true",
    "example.com, example.com, 443, true",
    "example.com, api.example.com, 443, true",
    "example.com, notexample.com, 443, false",
    ".example.com, api.example.com, 443, true",
    "*.example.com, api.example.com, 443, true",
    "EXAMPLE.com, API.example.COM, 443, true",
    "example.com:8443, example.com, 8443, true",
    "example.com:8443, example.com, 443, false",
    "'a.com, b.com', b.com, 443, true",
    "'a.com b.com', b.com, 443, true",
    "10.0.0.0/8, 10.200.3.4, 443, true",
    "10.0.0.0/8, 11.200.3.4, 443, false",
    "10.0.0.0/8, ten.example.com, 443, false",
    "192.168.1.64/26, 192.168.1.100, 443, true",
    "192.168.1.64/26, 192.168.1.130, 443, false",
    "10.1.2.3, 10.1.2.3, 443, true",
    "0.1.2.3, 10.1.2.3, 443, false",
    "fd00::/8, [fd12::1], 443, true",
    "fd00::/8, [fe80::1], 443, false",
    "[fd12::1]:8443, [fd12::1], 8443, true",
    "fd12::1, [fd12:0::1], 443, true",
    "10.0.0.0/99, 10.0.0.1, 443, false",
    "nonsense/x, nonsense, 443, false",
    "a.com:x, a.com, 443, false",
  })
  void exceptions(String list, String host, int port, boolean direct) {
    env.put("HTTPS_PROXY", "p:1");
    env.put("NO_PROXY", list);
    assertThat(of("https", host, port), is(direct ? "direct" : "http p:1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://u:secretpass@p:x",
        "ftp://u:secretpass@p:1",
        "http://u:secretpass@:1",
        "http://u:secretpass%zz@p:1",
        "http://u:secretpass@p:99999",
        "socks5://u:secretpass@p:1",
      })
  void whatCannotBeRead_isRefusedWithoutBeingRepeated(String value) {
    env.put("HTTPS_PROXY", value);
    String message =
        assertThrows(IllegalStateException.class, () -> of("https", "a.com", -1)).getMessage();
    assertThat(message, containsString("HTTPS_PROXY"));
    assertThat(message, not(containsString("secretpass")));
  }

  @Test
  void thePasswordIsNeverShown() {
    Proxies.Proxy proxy = Proxies.parse("http://me:pa%3Ass%2B@p:1", "HTTPS_PROXY");
    assertThat(proxy.user() + " " + proxy.password(), is("me pa:ss+"));
    assertThat(proxy.toString(), is("p:1"));
  }
}
