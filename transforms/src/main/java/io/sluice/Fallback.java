package io.sluice;

import io.sluice.ModelTask.Quota;
import io.sluice.cost.Price;
import java.io.Serializable;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Models that are asked about a document for which a task's own model has no answer, one after the
 * other until one answers. Each is asked from the first prompt on, with attempts of its own. Not
 * for embeddings: vectors of another model are of another space.
 *
 * @param models in the order in which they are asked; none for no fallback
 * @param on the ways to end without an answer after which the next is asked
 */
public record Fallback(List<Other> models, Set<Cause> on) implements Serializable {
  /** No other model is asked. */
  public static final Fallback NONE = new Fallback(List.of(), Set.of());

  public Fallback {
    models = List.copyOf(models);
    Set<Cause> copy = EnumSet.noneOf(Cause.class);
    copy.addAll(on);
    on = Collections.unmodifiableSet(copy);
  }

  /** How asking a model may end so that another is asked. */
  public enum Cause {
    /**
     * The provider is away ({@code retry.outage}), or fails for this document as often as it is
     * asked: {@code server_error}, {@code timeout}, {@code transport}, {@code rate_limited}, {@code
     * expired}.
     */
    OUTAGE,
    /** The account is not usable: a bad key, no credit, an unknown model. */
    ACCOUNT,
    REFUSAL,
    CONTENT_FILTER,
    TOO_LARGE,
    TRUNCATED,
    INVALID_OUTPUT;

    /** The name in task files: lower case, words joined by underscores. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What a failure is to a fallback; null where another model would not help. */
    public static @Nullable Cause of(ErrorKind kind) {
      return switch (kind) {
        case SERVER_ERROR, TIMEOUT, TRANSPORT, RATE_LIMITED, EXPIRED -> OUTAGE;
        case ACCOUNT -> ACCOUNT;
        case REFUSAL -> REFUSAL;
        case CONTENT_FILTER -> CONTENT_FILTER;
        case TOO_LARGE -> TOO_LARGE;
        case TRUNCATED -> TRUNCATED;
        case INVALID_OUTPUT -> INVALID_OUTPUT;
        case BAD_INPUT, BAD_PROMPT, BAD_REQUEST, BUDGET -> null;
      };
    }

    /** Whether the same model would end alike if it were asked once more. */
    public boolean isOfTheDocument() {
      return this == REFUSAL || this == CONTENT_FILTER || this == TOO_LARGE || this == TRUNCATED;
    }
  }

  /**
   * Another model.
   *
   * @param provider null for the task's
   * @param quota limits at that model; null for the task's, as {@link Quota#models} has them. With
   *     a provider of its own the task's limits by quota key are not the model's
   * @param price null where it is unknown
   * @param parameters in place of the task's and its steps', a JSON object as text; null for those
   */
  public record Other(
      String model,
      ModelTask.@Nullable Provider provider,
      @Nullable Quota quota,
      @Nullable Price price,
      @Nullable String parameters)
      implements Serializable {
    /** Another model of the task's provider. */
    public Other(String model) {
      this(model, null, null, null, null);
    }

    /** The same at another provider. */
    public Other withProvider(ModelTask.Provider value) {
      return new Other(model, value, quota, price, parameters);
    }

    public Other withQuota(Quota value) {
      return new Other(model, provider, value, price, parameters);
    }

    public Other withPrice(@Nullable Price value) {
      return new Other(model, provider, quota, value, parameters);
    }

    public Other withParameters(String json) {
      return new Other(model, provider, quota, price, json);
    }
  }

  /** Other models, asked whatever the cause. */
  public static Fallback to(Other... models) {
    return new Fallback(List.of(models), EnumSet.allOf(Cause.class));
  }

  /** Other models of the task's provider, asked whatever the cause. */
  public static Fallback to(String... models) {
    return new Fallback(
        List.of(models).stream().map(Other::new).toList(), EnumSet.allOf(Cause.class));
  }

  /** The same for some causes alone. */
  public Fallback on(Cause first, Cause... more) {
    return new Fallback(models, EnumSet.of(first, more));
  }

  /** Whether another model is asked at all. */
  public boolean isNone() {
    return models.isEmpty();
  }
}
