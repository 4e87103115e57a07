package io.sluice.cost;

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
 */
public record Price(
    BigDecimal inputPerMtok,
    @Nullable BigDecimal cachedInputPerMtok,
    BigDecimal outputPerMtok,
    @Nullable BigDecimal batchInputPerMtok,
    @Nullable BigDecimal batchOutputPerMtok,
    @Nullable Long contextTokens,
    @Nullable Long maxOutputTokens,
    @Nullable BigDecimal cacheWriteInputPerMtok)
    implements Serializable {

  private static final int MILLION_DIGITS = 6;

  /**
   * What keeping for an hour costs on top of keeping for minutes, as a share of that: twice the
   * input's price to five quarters of it (Anthropic's and Bedrock's price lists).
   */
  private static final BigDecimal HOUR_MORE = new BigDecimal("0.6");

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

  /** The same where writing to the provider's cache costs so much, in USD per million tokens. */
  public Price withCacheWrite(BigDecimal perMtok) {
    return new Price(
        inputPerMtok,
        cachedInputPerMtok,
        outputPerMtok,
        batchInputPerMtok,
        batchOutputPerMtok,
        contextTokens,
        maxOutputTokens,
        perMtok);
  }

  /**
   * USD for one realtime answer, exact. Cached and written tokens beyond the input count as input
   * only.
   *
   * @throws IllegalArgumentException if a count is negative: no such bill can be trusted
   */
  public BigDecimal cost(Usage usage) {
    return sum(
        usage,
        inputPerMtok,
        orInput(cachedInputPerMtok),
        orInput(cacheWriteInputPerMtok),
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
    return Optional.of(
        sum(
            usage,
            batchInputPerMtok,
            inBatch(cachedInputPerMtok, batchInputPerMtok),
            inBatch(cacheWriteInputPerMtok, batchInputPerMtok),
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
    return sum(new Usage(inputTokens, 0, maxOutputTokens), input, input, input, outputPerMtok);
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
        sum(new Usage(inputTokens, 0, maxOutputTokens), input, input, input, batchOutputPerMtok));
  }

  private BigDecimal orInput(@Nullable BigDecimal perMtok) {
    return perMtok == null ? inputPerMtok : perMtok;
  }

  private BigDecimal inBatch(@Nullable BigDecimal perMtok, BigDecimal batchInput) {
    if (perMtok == null) {
      return batchInput;
    }
    if (inputPerMtok.signum() == 0) {
      return perMtok.max(batchInput);
    }
    // Up, so that a ratio without an end in decimals never makes a budget too small.
    return perMtok
        .multiply(batchInput)
        .divide(inputPerMtok, DERIVED_PRICE_SCALE, RoundingMode.CEILING);
  }

  private static BigDecimal sum(
      Usage usage,
      BigDecimal input,
      BigDecimal cachedInput,
      BigDecimal cacheWrite,
      BigDecimal output) {
    checkTokens("inputTokens", usage.inputTokens());
    checkTokens("cachedInputTokens", usage.cachedInputTokens());
    checkTokens("outputTokens", usage.outputTokens());
    checkTokens("cacheWriteTokens", usage.cacheWriteTokens());
    checkTokens("hourWriteTokens", usage.hourWriteTokens());
    long cached = Math.min(usage.cachedInputTokens(), usage.inputTokens());
    long written = Math.min(usage.cacheWriteTokens(), usage.inputTokens() - cached);
    long hour = Math.min(usage.hourWriteTokens(), written);
    return plain(
        input
            .multiply(BigDecimal.valueOf(usage.inputTokens() - cached - written))
            .add(cachedInput.multiply(BigDecimal.valueOf(cached)))
            .add(cacheWrite.multiply(BigDecimal.valueOf(written)))
            .add(cacheWrite.multiply(HOUR_MORE).multiply(BigDecimal.valueOf(hour)))
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
