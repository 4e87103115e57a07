package io.sluice.spi;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.cost.Price;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that differs between providers. Found by {@link java.util.ServiceLoader}: a class with a
 * public constructor without parameters, named in {@code
 * META-INF/services/io.sluice.spi.ModelProvider}. Stateless and thread-safe; what is open belongs
 * to the callers and batch APIs that it opens.
 *
 * <p>{@code ProviderContractTest} holds what is expected of one.
 */
public interface ModelProvider {
  /**
   * What a provider fills in where a task says nothing.
   *
   * @param baseUrl empty where there is no address
   * @param keyVariable the environment variable that holds the key, used with {@code baseUrl} only;
   *     null where no key is needed
   * @param authHeader the request header that carries the key: after {@code Bearer} in {@code
   *     Authorization}, bare in any other
   * @param model null where a task must name one
   */
  record Defaults(
      String baseUrl, @Nullable String keyVariable, String authHeader, @Nullable String model) {}

  /**
   * The name in a task ({@code provider.kind}): lower-case letters, digits and dashes. Fixed for
   * good, as the fingerprint of every request holds it (in upper case).
   */
  String kind();

  Defaults defaults();

  /**
   * Fields of a task that only this kind has, as paths in the task file: {@code
   * provider.vertex.project}, {@code batch.gcsUri}. Their values are {@link
   * ModelTask.Provider#settings}, by these names.
   */
  default List<String> ownFields() {
    return List.of();
  }

  /**
   * What is filled in for a task that has such fields.
   *
   * @param own values by {@link #ownFields}
   * @param baseUrl as the task has it; null for none
   * @return as {@link #defaults}, its address made of both
   */
  default Defaults defaults(Map<String, String> own, @Nullable String baseUrl) {
    Defaults usual = defaults();
    return baseUrl == null ? usual : new Defaults(baseUrl, null, usual.authHeader(), usual.model());
  }

  /**
   * Why requests that no key is named for could not be signed on this machine; null where they can,
   * or need not be.
   */
  default @Nullable String credentialProblem(ModelTask.Provider provider) {
    return null;
  }

  /**
   * Whether the model is in this process: no address, no key, no account with limits, no price. As
   * many calls run at a time as there are cores.
   */
  default boolean runsInProcess() {
    return false;
  }

  /** Why it cannot be used here, such as classes that a jar leaves out; null where it can. */
  default @Nullable String unavailable() {
    return null;
  }

  /** What is wrong with a base URL, as "expected …"; null where nothing is known to be. */
  default @Nullable String addressProblem(String baseUrl) {
    return null;
  }

  /**
   * The interfaces that a task may name ({@code provider.api}), the usual one first; empty where
   * there is one alone and a task names none.
   */
  default List<String> apis() {
    return List.of();
  }

  /**
   * The tiers that a task may ask for at an address, beside the standard one: then its callers send
   * {@link Service#tier} of the {@link Connection}, and what they answer says in its usage which
   * tier served ({@link io.sluice.Usage#tier}). Batches have no tier.
   */
  default Set<Tier> tiers(ModelTask.Provider provider) {
    return Set.of();
  }

  /**
   * Parameters and fields of a task that it refuses, each with the field's path and what to do;
   * empty where it takes all.
   *
   * @param parameters the task's, numbers as written
   */
  List<String> problems(ModelTask task, ObjectNode parameters);

  /**
   * How a task's requests are written.
   *
   * @param task without {@link #problems}
   * @param parameters the task's, numbers as written; not kept by the caller
   */
  RequestWriter requests(ModelTask task, ObjectNode parameters);

  /** How a task's requests count against the tokens a minute of its accounts. */
  default QuotaTokens quotaTokens(ModelTask task) {
    return QuotaTokens.PLAIN;
  }

  /** The counter for a model; one that is not known is estimated. */
  TokenCounter tokens(String model);

  /** Opens what sends an account's requests one by one. */
  Caller open(Connection connection);

  /**
   * The models that an account may use, by a call that costs nothing: whether its key is taken is
   * known from it, too.
   *
   * @return names, perhaps none; null if there is no such call
   * @throws CallFailedException if it was not answered so
   */
  default @Nullable List<String> models(Connection connection) throws CallFailedException {
    return null;
  }

  /**
   * The input tokens of a chat request as the provider counts them, by a call that costs nothing
   * and asks no model. For a few requests, from which others are estimated.
   *
   * @return null if there is no such call
   * @throws CallFailedException if it was not answered so
   */
  default @Nullable Long countTokens(Connection connection, Request request)
      throws CallFailedException {
    return null;
  }

  /**
   * How the beginnings of a task's requests are kept for others; null where nothing is, or nothing
   * is known of it.
   */
  default @Nullable PrefixCache prefixCache(ModelTask task) {
    return null;
  }

  /** Whether there are batches. */
  default boolean hasBatches() {
    return false;
  }

  /** How many requests a batch must have: fewer are asked in real time. 1 or more. */
  default int leastInBatch() {
    return 1;
  }

  /**
   * Opens an account's batches.
   *
   * @throws IllegalArgumentException if there are none
   */
  default BatchApi batches(Connection connection) {
    throw new IllegalArgumentException("A provider of kind " + kind() + " has no batches");
  }

  /** The name under which the prices of a provider at some address are listed. */
  default String priceList(ModelTask.Provider provider) {
    return kind();
  }

  /** A listed price with what the provider charges by the same rule for every model. */
  default Price completed(Price listed) {
    return listed;
  }
}
