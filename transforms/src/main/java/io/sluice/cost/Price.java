package io.sluice.cost;

import io.sluice.Tier;
import io.sluice.Usage;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model costs, in USD per million tokens, of the provider's base tier. Every sum is exact
 * decimal arithmetic, never binary floating point; the one rounding is that of a batch's cached
 * price, upwards, where its ratio has no end in decimals. Two prices that differ only in trailing
 * zeros are equal. Immutable.
 *
 * @param inputPerMtok 0 or more
 * @param cachedInputPerMtok for input served from the provider's cache; null where that costs as
 *     much as any other input
 * @param outputPerMtok 0 or more; 0 for embeddings
 * @param batchInputPerMtok null where the provider sells no batches or their price is unknown; then
 *     {@code batchOutputPerMtok} is null too
 * @param contextTokens input and output together; null if unknown
 * @param maxOutputTokens 0 for embeddings; null if unknown
 * @param cacheWriteInputPerMtok for input written to the provider's cache; null where that costs as
 *     much as any other input
 * @param longCacheWriteInputPerMtok for input written there for an hour; null where that costs as
 *     much as other writing
 * @param flex of the tier {@link Tier#FLEX}; null where it is unknown or not offered
 * @param priority as {@code flex}, of {@link Tier#PRIORITY}
 */
public record Price(
    BigDecimal inputPerMtok,
    @Nullable BigDecimal cachedInputPerMtok,
    BigDecimal outputPerMtok,
    @Nullable BigDecimal batchInputPerMtok,
    @Nullable BigDecimal batchOutputPerMtok,
    @Nullable Long contextTokens,
    @Nullable Long maxOutputTokens,
    @Nullable BigDecimal cacheWriteInputPerMtok,
    @Nullable BigDecimal longCacheWriteInputPerMtok,
    @Nullable Rates flex,
    @Nullable Rates priority)
    implements Serializable {

  /** USD per million tokens in a tier; what the cache changes is in proportion to the usual. */
  public record Rates(BigDecimal inputPerMtok, BigDecimal outputPerMtok) implements Serializable {
    /**
     * @throws IllegalArgumentException if a price is negative
     */
    public Rates {
      inputPerMtok = checked("inputPerMtok", inputPerMtok);
      outputPerMtok = checked("outputPerMtok", outputPerMtok);
    }
  }

  private static final int MILLION_DIGITS = 6;

  /** Decimals kept of a batch's cached price per million tokens: 1e-18 USD a token. */
  private static final int DERIVED_PRICE_SCALE = 12;

  /** Costs nothing: a model in this process or on one's own machines. */
  public static final Price FREE = of(BigDecimal.ZERO, BigDecimal.ZERO);

  /**
   * @throws IllegalArgumentException if a price or a token count is negative, or only one of the
   *     two batch prices is given
   */
  public Price {
    inputPerMtok = checked("inputPerMtok", inputPerMtok);
    outputPerMtok = checked("outputPerMtok", outputPerMtok);
    if (cachedInputPerMtok != null) {
      cachedInputPerMtok = checked("cachedInputPerMtok", cachedInputPerMtok);
    }
    if (cacheWriteInputPerMtok != null) {
      cacheWriteInputPerMtok = checked("cacheWriteInputPerMtok", cacheWriteInputPerMtok);
    }
    if (longCacheWriteInputPerMtok != null) {
      longCacheWriteInputPerMtok =
          checked("longCacheWriteInputPerMtok", longCacheWriteInputPerMtok);
    }
    if (batchInputPerMtok != null) {
      batchInputPerMtok = checked("batchInputPerMtok", batchInputPerMtok);
    }
    if (batchOutputPerMtok != null) {
      batchOutputPerMtok = checked("batchOutputPerMtok", batchOutputPerMtok);
    }
    if ((batchInputPerMtok == null) != (batchOutputPerMtok == null)) {
      throw new IllegalArgumentException(
          "A price needs batchInputPerMtok and batchOutputPerMtok both or neither, but got "
              + batchInputPerMtok
              + " and "
              + batchOutputPerMtok);
    }
    if (contextTokens != null) {
      checkTokens("contextTokens", contextTokens);
    }
    if (maxOutputTokens != null) {
      checkTokens("maxOutputTokens", maxOutputTokens);
    }
  }

  /** No tiers, and what is written to the provider's cache costs the same however long it stays. */
  public Price(
      BigDecimal inputPerMtok,
      @Nullable BigDecimal cachedInputPerMtok,
      BigDecimal outputPerMtok,
      @Nullable BigDecimal batchInputPerMtok,
      @Nullable BigDecimal batchOutputPerMtok,
      @Nullable Long contextTokens,
      @Nullable Long maxOutputTokens,
      @Nullable BigDecimal cacheWriteInputPerMtok) {
    this(
        inputPerMtok,
        cachedInputPerMtok,
        outputPerMtok,
        batchInputPerMtok,
        batchOutputPerMtok,
        contextTokens,
        maxOutputTokens,
        cacheWriteInputPerMtok,
        null,
        null,
        null);
  }

  /** Writing to the provider's cache costs as much as any other input. */
  public Price(
      BigDecimal inputPerMtok,
      @Nullable BigDecimal cachedInputPerMtok,
      BigDecimal outputPerMtok,
      @Nullable BigDecimal batchInputPerMtok,
      @Nullable BigDecimal batchOutputPerMtok,
      @Nullable Long contextTokens,
      @Nullable Long maxOutputTokens) {
    this(
        inputPerMtok,
        cachedInputPerMtok,
        outputPerMtok,
        batchInputPerMtok,
        batchOutputPerMtok,
        contextTokens,
        maxOutputTokens,
        null);
  }

  /** A price without discounts: cached input costs as much as any other, batches have no price. */
  public static Price of(BigDecimal inputPerMtok, BigDecimal outputPerMtok) {
    return new Price(inputPerMtok, null, outputPerMtok, null, null, null, null);
  }

  private Price with(
      @Nullable BigDecimal cacheWrite,
      @Nullable BigDecimal longCacheWrite,
      @Nullable Rates newFlex,
      @Nullable Rates newPriority) {
    return new Price(
        inputPerMtok,
        cachedInputPerMtok,
        outputPerMtok,
        batchInputPerMtok,
        batchOutputPerMtok,
        contextTokens,
        maxOutputTokens,
        cacheWrite,
        longCacheWrite,
        newFlex,
        newPriority);
  }

  /** The same where writing to the provider's cache costs so much, in USD per million tokens. */
  public Price withCacheWrite(BigDecimal perMtok) {
    return with(perMtok, longCacheWriteInputPerMtok, flex, priority);
  }

  /** The same where what is written to the cache for an hour costs so much, as above. */
  public Price withLongCacheWrite(BigDecimal perMtok) {
    return with(cacheWriteInputPerMtok, perMtok, flex, priority);
  }

  /**
   * The same with the price of a tier.
   *
   * @param tier not {@link Tier#STANDARD}
   * @param rates null where it is unknown
   */
  public Price withTier(Tier tier, @Nullable Rates rates) {
    return switch (tier) {
      case FLEX -> with(cacheWriteInputPerMtok, longCacheWriteInputPerMtok, rates, priority);
      case PRIORITY -> with(cacheWriteInputPerMtok, longCacheWriteInputPerMtok, flex, rates);
      case STANDARD ->
          throw new IllegalArgumentException("The standard tier's price is the price itself");
    };
  }

  /** The same with other prices of batches. */
  public Price withBatch(BigDecimal input, BigDecimal output) {
    return new Price(
        inputPerMtok,
        cachedInputPerMtok,
        outputPerMtok,
        input,
        output,
        contextTokens,
        maxOutputTokens,
        cacheWriteInputPerMtok,
        longCacheWriteInputPerMtok,
        flex,
        priority);
  }

  /** The same for a model of which so much is known. */
  public Price withTokens(@Nullable Long context, @Nullable Long maxOutput) {
    return new Price(
        inputPerMtok,
        cachedInputPerMtok,
        outputPerMtok,
        batchInputPerMtok,
        batchOutputPerMtok,
        context,
        maxOutput,
        cacheWriteInputPerMtok,
        longCacheWriteInputPerMtok,
        flex,
        priority);
  }

  /** What calls cost in a tier, as a price of its own; empty where that is unknown. */
  public Optional<Price> at(Tier tier) {
    Rates rates =
        switch (tier) {
          case STANDARD -> new Rates(inputPerMtok, outputPerMtok);
          case FLEX -> flex;
          case PRIORITY -> priority;
        };
    return rates == null
        ? Optional.empty()
        : Optional.of(
            new Price(
                rates.inputPerMtok(),
                scaled(cachedInputPerMtok, rates),
                rates.outputPerMtok(),
                batchInputPerMtok,
                batchOutputPerMtok,
                contextTokens,
                maxOutputTokens,
                scaled(cacheWriteInputPerMtok, rates),
                scaled(longCacheWriteInputPerMtok, rates),
                flex,
                priority));
  }

  private @Nullable BigDecimal scaled(@Nullable BigDecimal perMtok, Rates rates) {
    return perMtok == null || rates.inputPerMtok().equals(inputPerMtok)
        ? perMtok
        : inProportion(perMtok, rates.inputPerMtok());
  }

  /**
   * USD for one realtime answer in the tier that served it, exact. Cached and written tokens beyond
   * the input count as input only. A tier whose price is unknown costs as the standard one here;
   * see {@link #at}.
   *
   * @throws IllegalArgumentException if a count is negative: no such bill can be trusted
   */
  public BigDecimal cost(Usage usage) {
    Tier tier = usage.tier();
    return tier == null || tier == Tier.STANDARD
        ? costAtOnce(usage)
        : at(tier).orElse(this).costAtOnce(usage);
  }

  private BigDecimal costAtOnce(Usage usage) {
    BigDecimal write = orInput(cacheWriteInputPerMtok);
    return sum(
        usage,
        inputPerMtok,
        orInput(cachedInputPerMtok),
        write,
        longCacheWriteInputPerMtok == null ? write : longCacheWriteInputPerMtok,
        outputPerMtok);
  }

  /**
   * USD for one answer from a batch; empty where batches have no price. The discount for batches
   * and what the provider's cache changes multiply, as both OpenAI and Anthropic document.
   *
   * @throws IllegalArgumentException if a count is negative
   */
  public Optional<BigDecimal> batchCost(Usage usage) {
    if (batchInputPerMtok == null || batchOutputPerMtok == null) {
      return Optional.empty();
    }
    BigDecimal write = inBatch(cacheWriteInputPerMtok, batchInputPerMtok);
    return Optional.of(
        sum(
            usage,
            batchInputPerMtok,
            inBatch(cachedInputPerMtok, batchInputPerMtok),
            write,
            longCacheWriteInputPerMtok == null
                ? write
                : inBatch(longCacheWriteInputPerMtok, batchInputPerMtok),
            batchOutputPerMtok));
  }

  /**
   * The most one realtime call can cost, in USD: nothing from the cache, all of it written there
   * where that costs more, the longest answer allowed.
   *
   * @throws IllegalArgumentException if a count is negative
   */
  public BigDecimal worstCase(long inputTokens, long maxOutputTokens) {
    // A user's own file may price cached input higher than the rest.
    BigDecimal input =
        inputPerMtok.max(orInput(cachedInputPerMtok)).max(orInput(cacheWriteInputPerMtok));
    return sum(
        new Usage(inputTokens, 0, maxOutputTokens), input, input, input, input, outputPerMtok);
  }

  /** As {@link #worstCase}, for a call in a batch; empty where batches have no price. */
  public Optional<BigDecimal> batchWorstCase(long inputTokens, long maxOutputTokens) {
    if (batchInputPerMtok == null || batchOutputPerMtok == null) {
      return Optional.empty();
    }
    BigDecimal input =
        batchInputPerMtok
            .max(inBatch(cachedInputPerMtok, batchInputPerMtok))
            .max(inBatch(cacheWriteInputPerMtok, batchInputPerMtok));
    return Optional.of(
        sum(
            new Usage(inputTokens, 0, maxOutputTokens),
            input,
            input,
            input,
            input,
            batchOutputPerMtok));
  }

  private BigDecimal orInput(@Nullable BigDecimal perMtok) {
    return perMtok == null ? inputPerMtok : perMtok;
  }

  private BigDecimal inBatch(@Nullable BigDecimal perMtok, BigDecimal batchInput) {
    if (perMtok == null) {
      return batchInput;
    }
    return inProportion(perMtok, batchInput);
  }

  private BigDecimal inProportion(BigDecimal perMtok, BigDecimal otherInput) {
    if (inputPerMtok.signum() == 0) {
      return perMtok.max(otherInput);
    }
    // Up, so that a ratio without an end in decimals never makes a budget too small.
    return perMtok
        .multiply(otherInput)
        .divide(inputPerMtok, DERIVED_PRICE_SCALE, RoundingMode.CEILING);
  }

  private static BigDecimal sum(
      Usage usage,
      BigDecimal input,
      BigDecimal cachedInput,
      BigDecimal cacheWrite,
      BigDecimal longCacheWrite,
      BigDecimal output) {
    checkTokens("inputTokens", usage.inputTokens());
    checkTokens("cachedInputTokens", usage.cachedInputTokens());
    checkTokens("outputTokens", usage.outputTokens());
    checkTokens("cacheWriteTokens", usage.cacheWriteTokens());
    checkTokens("longCacheWriteTokens", usage.longCacheWriteTokens());
    long cached = Math.min(usage.cachedInputTokens(), usage.inputTokens());
    long written = Math.min(usage.cacheWriteTokens(), usage.inputTokens() - cached);
    long kept = Math.min(usage.longCacheWriteTokens(), written);
    return plain(
        input
            .multiply(BigDecimal.valueOf(usage.inputTokens() - cached - written))
            .add(cachedInput.multiply(BigDecimal.valueOf(cached)))
            .add(cacheWrite.multiply(BigDecimal.valueOf(written - kept)))
            .add(longCacheWrite.multiply(BigDecimal.valueOf(kept)))
            .add(output.multiply(BigDecimal.valueOf(usage.outputTokens())))
            .movePointLeft(MILLION_DIGITS));
  }

  private static BigDecimal checked(String name, BigDecimal usd) {
    if (usd.signum() < 0) {
      throw new IllegalArgumentException(
          name + " must be 0 or more USD per million tokens, but is " + usd);
    }
    return plain(usd);
  }

  private static void checkTokens(String name, long tokens) {
    if (tokens < 0) {
      throw new IllegalArgumentException(name + " must be 0 or more tokens, but is " + tokens);
    }
  }

  /** Without trailing zeros after the point, and never in the form 1E+1. */
  static BigDecimal plain(BigDecimal usd) {
    BigDecimal stripped = usd.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }
}
