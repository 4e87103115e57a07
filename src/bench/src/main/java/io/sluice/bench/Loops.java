package io.sluice.bench;

import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpRequest;
import com.google.api.client.http.HttpRequestFactory;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.apache.v5.Apache5HttpTransport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;

/** What a user would write by hand: the baselines. */
final class Loops implements AutoCloseable {
  /** As the providers' own clients wait; this one's default is 20 s. */
  private static final int READ_TIMEOUT_MILLIS = 600_000;

  /** What surrounds a document's words, and the answer at its longest. */
  private static final long OVERHEAD_TOKENS = 32;

  private final CloseableHttpClient client;
  private final HttpRequestFactory requests;
  private final GenericUrl url;

  Loops(String url, int connections) {
    this.client =
        HttpClientBuilder.create()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(connections)
                    .setMaxConnPerRoute(connections)
                    .build())
            .disableAutomaticRetries()
            .build();
    this.requests = new Apache5HttpTransport(client).createRequestFactory();
    this.url = new GenericUrl(url + "/chat/completions");
  }

  /** So many threads that send one request after the other; returns the seconds it took. */
  double bare(int documents, int concurrent) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(concurrent);
    long begun = System.nanoTime();
    for (int i = 0; i < concurrent; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int n = next.getAndIncrement(); n < documents; n = next.getAndIncrement()) {
                  post(n, 20);
                }
                done.countDown();
              });
      thread.setDaemon(true);
      thread.start();
    }
    done.await();
    return (System.nanoTime() - begun) / 1e9;
  }

  /** So many threads, each of which asks until it is answered, with waits that double by chance. */
  void retrying(int documents, int concurrent) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    ExecutorService workers = Executors.newFixedThreadPool(concurrent);
    for (int i = 0; i < concurrent; i++) {
      workers.execute(
          () -> {
            for (int n = next.getAndIncrement(); n < documents; n = next.getAndIncrement()) {
              long most = 500;
              while (!post(n, 20)) {
                sleep(ThreadLocalRandom.current().nextLong(most));
                most = Math.min(60_000, 2 * most);
              }
            }
          });
    }
    workers.shutdown();
    workers.awaitTermination(1, TimeUnit.HOURS);
  }

  private record Sent(long at, long tokens) {}

  /**
   * The common asyncio script: a queue, requests and tokens of the last 60 s counted every 0.1 s, a
   * 429 put back after a second.
   *
   * @param words the length of each document
   */
  void slidingWindow(int[] words, int concurrent, int perMinute, long tokensPerMinute)
      throws InterruptedException {
    Queue<Integer> queue = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < words.length; i++) {
      queue.add(i);
    }
    ArrayDeque<Sent> sent = new ArrayDeque<>();
    long tokens = 0;
    Semaphore free = new Semaphore(concurrent);
    AtomicInteger left = new AtomicInteger(words.length);
    ExecutorService workers = Executors.newCachedThreadPool();
    while (left.get() > 0) {
      long now = System.nanoTime();
      while (!sent.isEmpty() && now - sent.peek().at() > 60_000_000_000L) {
        tokens -= sent.remove().tokens();
      }
      for (Integer head = queue.peek(); head != null; head = queue.peek()) {
        int number = head;
        long needed = words[number] + OVERHEAD_TOKENS;
        if (sent.size() >= perMinute || tokens + needed > tokensPerMinute || !free.tryAcquire()) {
          break;
        }
        queue.remove();
        sent.add(new Sent(now, needed));
        tokens += needed;
        workers.execute(
            () -> {
              boolean answered = post(number, words[number]);
              free.release();
              if (answered) {
                left.decrementAndGet();
              } else {
                sleep(1_000);
                queue.add(number);
              }
            });
      }
      sleep(100);
    }
    workers.shutdown();
    workers.awaitTermination(1, TimeUnit.MINUTES);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean post(int number, int words) {
    String body =
        "{\"model\":\"gpt-4o-mini\",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":\""
            + Job.text(number, words)
            + "\"}]}";
    try {
      HttpRequest request =
          requests.buildPostRequest(
              url, new ByteArrayContent("application/json", body.getBytes(StandardCharsets.UTF_8)));
      request.getHeaders().setAuthorization("Bearer a-key-to-measure-with");
      request.setReadTimeout(READ_TIMEOUT_MILLIS);
      request.setThrowExceptionOnExecuteError(false);
      HttpResponse response = request.execute();
      response.parseAsString();
      return response.getStatusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
