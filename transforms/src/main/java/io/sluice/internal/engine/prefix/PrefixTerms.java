package io.sluice.internal.engine.prefix;

import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.PrefixCache;
import io.sluice.spi.PrefixCache.Keep;
import io.sluice.spi.PrefixCache.Life;
import io.sluice.spi.Request;
import io.sluice.spi.TokenCounter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether it pays that the provider keeps a beginning which requests share, and for how long.
 *
 * <p>With a beginning of P tokens, n requests, and writing and reading at the shares w and r of the
 * input's price: unmarked requests cost n·P. Marked ones that are sent together cost n·w·P, since
 * none sees what another writes. Where one goes ahead, and the others follow once it is answered,
 * they cost (w + (n−1)·r)·P. A follower that comes too late writes again: of those that find five
 * minutes too short one in twenty is assumed, of an hour one in five hundred; an hour costs more to
 * write. The cheapest of these is taken, and unmarked if that is it. Below the provider's minimum
 * nothing is kept; tokens are estimates, so that a little below it is tried all the same: it costs
 * nothing, and what the first answer says is believed. Thread-safe.
 */
public final class PrefixTerms {
  /** What is assumed to come too late. */
  private static final Map<Keep, Double> LATE = Map.of(Keep.MINUTES, 0.05, Keep.HOUR, 0.002);

  /** Of a beginning's life, in which the others are sent: the provider begins later than that. */
  private static final double MARGIN = 0.8;

  /** An estimate may be that much too low. */
  private static final double ESTIMATED = 0.75;

  private static final int MAX_KNOWN = 10_000;
  private static final int END = 64;

  private final PrefixCache cache;
  private final TokenCounter tokens;
  private final double minimum;
  private final double read;
  private final @Nullable Double write;

  private PrefixTerms(
      PrefixCache cache, TokenCounter tokens, double minimum, double read, @Nullable Double write) {
    this.cache = cache;
    this.tokens = tokens;
    this.minimum = minimum;
    this.read = read;
    this.write = write;
  }

  /**
   * @return null where nothing is kept, or it would save nothing
   */
  public static @Nullable PrefixTerms of(ModelTask task, @Nullable Price price) {
    PrefixCache cache = Providers.of(task).prefixCache(task);
    if (cache == null) {
      return null;
    }
    TokenCounter tokens = Providers.of(task).tokens(task.model());
    Double read = share(price, price == null ? null : price.cachedInputPerMtok());
    double of = read == null ? cache.read() : read;
    double least = cache.minimumTokens(task.model()) * (tokens.exact() ? 1 : ESTIMATED);
    Double write = share(price, price == null ? null : price.cacheWriteInputPerMtok());
    return of >= 1 ? null : new PrefixTerms(cache, tokens, least, of, write);
  }

  private static @Nullable Double share(@Nullable Price price, @Nullable BigDecimal part) {
    return price == null || part == null || price.inputPerMtok().signum() == 0
        ? null
        : part.divide(price.inputPerMtok(), MathContext.DECIMAL64).doubleValue();
  }

  /** The beginnings of one account's requests. */
  public static Map<String, Prefix> book() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Prefix> eldest) {
        return size() > MAX_KNOWN;
      }
    };
  }

  /** A request's beginning, noted where it is new; null where it has none. */
  public @Nullable Prefix of(Request request, Map<String, Prefix> book) {
    String beginning = cache.beginning(request.body());
    if (beginning == null) {
      return null;
    }
    // Not the whole, which a document of its own may have: what is alike by chance costs little.
    String key =
        beginning.length()
            + " "
            + beginning.hashCode()
            + beginning.substring(Math.max(0, beginning.length() - END));
    Prefix prefix = book.get(key);
    if (prefix == null) {
      prefix = new Prefix(tokens.count(beginning));
      book.put(key, prefix);
    }
    prefix.seen++;
    return prefix;
  }

  /** For how long the beginning of so many requests is best kept, all of which may wait for one. */
  public Keep best(Prefix prefix, long requests) {
    if (!canPay(prefix)) {
      return Keep.NOT;
    }
    Keep best = Keep.NOT;
    double least = requests;
    for (Life life : cache.lives()) {
      double cost = ahead(life, requests);
      if (cost < least) {
        least = cost;
        best = life.keep();
      }
    }
    return best;
  }

  /** Whether it pays in the usual way, where requests follow each other as they come. */
  public boolean pays(Prefix prefix, long requests) {
    return canPay(prefix) && ahead(cache.lives().get(0), requests) < requests;
  }

  private boolean canPay(Prefix prefix) {
    return !prefix.isHopeless() && prefix.tokens >= minimum;
  }

  private double ahead(Life life, long requests) {
    double write = write(life);
    double late = LATE.getOrDefault(life.keep(), 0.0);
    return write + (requests - 1) * ((1 - late) * read + late * write);
  }

  private double write(Life life) {
    double usual = cache.lives().get(0).write();
    return write == null ? life.write() : write * life.write() / usual;
  }

  /** How long what is sent after a moment will find a beginning that was kept at that moment. */
  public long lastsNanos(Keep keep) {
    for (Life life : cache.lives()) {
      if (life.keep() == keep) {
        return (long) (life.lasts().toNanos() * MARGIN);
      }
    }
    return 0;
  }

  /** What an answer says of a beginning: kept, not kept, or nothing of it (null). */
  public @Nullable Boolean isKept(@Nullable Usage usage) {
    if (!cache.tellsWrites()) {
      return true;
    }
    return usage == null ? null : usage.cacheWriteTokens() > 0 || usage.cachedInputTokens() > 0;
  }

  /** A request as it is sent. */
  public Request marked(Request request, Keep keep) {
    String body = cache.marked(request.body(), keep);
    return body.equals(request.body())
        ? request
        : new Request(
            request.fingerprint(), body, request.inputTokens(), request.maxOutputTokens());
  }
}
