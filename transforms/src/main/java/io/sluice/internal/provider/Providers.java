package io.sluice.internal.provider;

import io.sluice.ModelTask;
import io.sluice.spi.ModelProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The providers on the class path, by kind. Looked for with the loader of {@link ModelProvider},
 * once, and for a kind that is not there with the thread's loader, each time: a runner's workers
 * may load a job, and with it the providers of its author, below what they share. Thread-safe.
 */
public final class Providers {
  /** A list of providers that cannot be read at all fails without an end. */
  private static final int MAX_FAILURES = 100;

  private Providers() {}

  private static final class Own {
    static final Found FOUND = find(ModelProvider.class.getClassLoader());
  }

  /**
   * What a loader sees.
   *
   * @param failures of providers that could not be loaded
   */
  record Found(Map<String, ModelProvider> byKind, List<String> failures) {}

  /** Of two of a kind the one that comes first counts. */
  static Found find(@Nullable ClassLoader loader) {
    Map<String, ModelProvider> byKind = new LinkedHashMap<>();
    List<String> failures = new ArrayList<>();
    Iterator<ModelProvider> all = ServiceLoader.load(ModelProvider.class, loader).iterator();
    while (failures.size() < MAX_FAILURES) {
      try {
        if (!all.hasNext()) {
          break;
        }
        ModelProvider provider = all.next();
        byKind.putIfAbsent(provider.kind(), provider);
      } catch (ServiceConfigurationError | LinkageError e) {
        // One that cannot be loaded, or is another loader's, must not hide the others.
        failures.add(String.valueOf(e.getMessage()));
      }
    }
    return new Found(byKind, failures);
  }

  /**
   * The provider of a kind.
   *
   * @throws IllegalArgumentException if there is none; the message lists those that there are
   */
  public static ModelProvider of(String kind) {
    ModelProvider own = Own.FOUND.byKind().get(kind);
    if (own != null) {
      return own;
    }
    Found others = ofThread();
    ModelProvider other = others.byKind().get(kind);
    if (other != null) {
      return other;
    }
    Set<String> failures = new LinkedHashSet<>(Own.FOUND.failures());
    failures.addAll(others.failures());
    Set<String> kinds = kinds();
    throw new IllegalArgumentException(
        "There is no provider of kind \""
            + kind
            + "\"; expected "
            + (kinds.isEmpty()
                ? "some on the class path, where a jar of jars must merge META-INF/services"
                : "one of " + String.join(", ", kinds))
            + (failures.isEmpty() ? "" : ". Could not be loaded: " + String.join("; ", failures)));
  }

  /** The provider that a task asks. */
  public static ModelProvider of(ModelTask task) {
    return of(task.provider().kind());
  }

  /** The kinds that there are. */
  public static Set<String> kinds() {
    Set<String> kinds = new LinkedHashSet<>(Own.FOUND.byKind().keySet());
    kinds.addAll(ofThread().byKind().keySet());
    return kinds;
  }

  private static Found ofThread() {
    return find(Thread.currentThread().getContextClassLoader());
  }
}
