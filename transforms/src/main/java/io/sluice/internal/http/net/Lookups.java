package io.sluice.internal.http.net;

import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;

/**
 * Addresses of names, for calls whose time is bound. A lookup cannot be interrupted, and may hang
 * for minutes: so it is made on a thread of its own, of which there is one a name, and a call waits
 * for it until its time is over. Thread-safe.
 */
final class Lookups implements DnsResolver {
  private static final ThreadPoolExecutor THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          // One that stays would keep a job's classes on a cluster.
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "sluice-lookup");
            thread.setDaemon(true);
            return thread;
          });

  /** The time of the call that is made on this thread. */
  private final ThreadLocal<Watch> watch = new ThreadLocal<>();

  private final ConcurrentHashMap<String, CompletableFuture<InetAddress[]>> underWay =
      new ConcurrentHashMap<>();
  private final DnsResolver names;
  private final Duration longest;

  /**
   * @param longest how long it takes where no call's time is known
   */
  Lookups(Duration longest) {
    this(SystemDefaultDnsResolver.INSTANCE, longest);
  }

  Lookups(DnsResolver names, Duration longest) {
    this.names = names;
    this.longest = longest;
  }

  /** A call is made on this thread. */
  void begin(Watch of) {
    watch.set(of);
  }

  void end() {
    watch.remove();
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    if (NoProxy.address(host) != null) {
      return names.resolve(host);
    }
    CompletableFuture<InetAddress[]> lookup = underWay.computeIfAbsent(host, this::begin);
    Watch of = watch.get();
    long left = of == null ? longest.toNanos() : Math.max(0, of.leftNanos());
    try {
      return lookup.get(left, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw failed(host, "its address was not found in time; check this machine's DNS", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException unknown) {
        throw failed(host, "its address is not known", unknown);
      }
      throw failed(host, String.valueOf(e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(host, "interrupted", new InterruptedIOException());
    }
  }

  private CompletableFuture<InetAddress[]> begin(String host) {
    CompletableFuture<InetAddress[]> lookup = new CompletableFuture<>();
    THREADS.execute(
        () -> {
          try {
            lookup.complete(names.resolve(host));
          } catch (UnknownHostException | RuntimeException | Error e) {
            lookup.completeExceptionally(e);
          } finally {
            underWay.remove(host, lookup);
          }
        });
    return lookup;
  }

  private static UnknownHostException failed(String host, String why, Throwable cause) {
    UnknownHostException failed = new UnknownHostException(host + ": " + why);
    failed.initCause(cause);
    return failed;
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return names.resolveCanonicalHostname(host);
  }
}
