package io.sluice.internal.prepare;

import io.sluice.Fallback;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds what is wrong with a task's name, address, places of keys and limits. A task file is held
 * against the same by its reader, which knows the lines.
 */
public final class TaskNumbers {
  private static final int MOST_CONCURRENT = 10_000;

  private final List<String> problems = new ArrayList<>();

  private TaskNumbers() {}

  /** What is wrong; empty where nothing is. A kind that there is not is no problem of these. */
  public static List<String> validate(ModelTask task) {
    TaskNumbers numbers = new TaskNumbers();
    numbers.names(task);
    numbers.address("provider", task.provider());
    numbers.key("provider.key", task.provider().key());
    numbers.quota("quota", task.quota());
    numbers.atLeastOne("chunk.documents", task.chunk().documents());
    numbers.longerThanZero("chunk.maxDelay", task.chunk().maxDelay());
    numbers.atLeastOne("retry.maxAttempts", task.retry().maxAttempts());
    numbers.longerThanZero("retry.timeout", task.retry().timeout());
    numbers.longerThanZero("retry.outage", task.retry().outage());
    numbers.delivery(task.delivery());
    numbers.fallback(task.fallback());
    return List.copyOf(numbers.problems);
  }

  private void names(ModelTask task) {
    if (!task.name().matches("[a-z0-9-]+")) {
      problems.add(
          "name: expected lower-case letters, digits and dashes, got \"" + task.name() + "\"");
    }
    if (task.model().isBlank()) {
      problems.add("model: is blank; expected the model's name");
    }
  }

  /** What is refused is not repeated: it may hold a password. */
  private void address(String path, Provider provider) {
    if (!Providers.kinds().contains(provider.kind())) {
      return;
    }
    ModelProvider asked = Providers.of(provider.kind());
    if (asked.runsInProcess()) {
      return;
    }
    String url = provider.baseUrl();
    if (!url.matches("https?://[^/?#@\\s]+(/[^?#\\s]*)?")) {
      problems.add(
          path
              + ".baseUrl: expected http:// or https:// and a host, without user, password and"
              + " query");
      return;
    }
    String problem = asked.addressProblem(url);
    if (problem != null) {
      problems.add(path + ".baseUrl: " + problem);
    }
  }

  private void key(String path, KeySource key) {
    if (Stream.of(key.env(), key.file(), key.secret()).filter(place -> place != null).count() > 1) {
      problems.add(path + ": has several places; name a variable, a file or a secret");
    }
    if (Stream.of(key.env(), key.file())
        .anyMatch(place -> place != null && ApiKeys.looksLikeKey(place))) {
      problems.add(
          path
              + ": has a key where the name of the variable or file that holds it is expected; take"
              + " it out, and make a new key");
    }
    if (key.secret() != null && !ApiKeys.isSecretName(key.secret())) {
      problems.add(
          path + ": expected the name of a secret's version, projects/P/secrets/S/versions/latest");
    }
  }

  private void quota(String at, Quota quota) {
    limits(at, quota.requestsPerMinute(), quota.tokensPerMinute(), quota.maxConcurrent());
    longerThanZero(at + ".burst", quota.burst());
    models(at, quota);
    quota
        .keys()
        .forEach(
            (name, own) -> {
              String path = at + ".keys." + name;
              limits(path, own.requestsPerMinute(), own.tokensPerMinute(), own.maxConcurrent());
              key(path + ".key", own.key());
            });
  }

  private void models(String path, Quota quota) {
    quota
        .models()
        .forEach(
            (name, own) ->
                limits(
                    path + ".models." + name,
                    own.requestsPerMinute(),
                    own.tokensPerMinute(),
                    own.maxConcurrent()));
  }

  private void fallback(Fallback fallback) {
    for (int i = 0; i < fallback.models().size(); i++) {
      Fallback.Other other = fallback.models().get(i);
      String path = "fallback.models." + (i + 1);
      Provider provider = other.provider();
      Quota quota = other.quota();
      if (provider != null) {
        address(path + ".provider", provider);
        key(path + ".provider.key", provider.key());
      }
      if (quota != null) {
        quota(path + ".quota", quota);
      }
    }
  }

  private void limits(String path, long requests, long tokens, int concurrent) {
    atLeastOne(path + ".requestsPerMinute", requests);
    atLeastOne(path + ".tokensPerMinute", tokens);
    if (concurrent < 1 || concurrent > MOST_CONCURRENT) {
      problems.add(
          path + ".maxConcurrent: expected 1 to " + MOST_CONCURRENT + ", got " + concurrent);
    }
  }

  private void delivery(Delivery delivery) {
    longerThanZero("delivery.poll", delivery.poll());
    atLeastOne("delivery.maxRequests", delivery.maxRequests());
    atLeastOne("delivery.enqueuedTokens", delivery.enqueuedTokens());
    // NaN is in no range.
    if (!(delivery.realtimeShare() >= 0 && delivery.realtimeShare() <= 1)) {
      problems.add(
          "delivery.realtimeShare: expected a share from 0 to 1, got " + delivery.realtimeShare());
    }
  }

  private void atLeastOne(String path, long value) {
    if (value < 1) {
      problems.add(path + ": expected 1 or more, got " + value);
    }
  }

  private void longerThanZero(String path, Duration value) {
    if (value.isZero() || value.isNegative()) {
      problems.add(path + ": expected a time above zero, got " + value);
    }
  }
}
