package io.sluice.cost;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Prices by provider and model: the product's own, a user's file on top, an inline price on top of
 * both. Immutable, each {@code withX} returns another table; thread-safe.
 *
 * <p>A model is looked up by its exact id; then, if it carries a date ({@code -YYYY-MM-DD} or
 * {@code -YYYYMMDD}), by the id without it; then by its aliases: an undated id, or one that ends in
 * {@code -latest}, stands for the newest dated one. A shorter prefix never stands for a longer id,
 * and one date never for another: a model that is not found has no known price, which is not the
 * same as being free.
 */
public final class PriceTable {

  /** A model that may be asked instead. */
  public record Alternative(String model, Price price) {}

  private record Key(String provider, String model) {}

  private record Entry(Price price, String origin) {}

  private static final Pattern DATED =
      Pattern.compile("(.+)-(20\\d\\d-[01]\\d-[0-3]\\d|20\\d\\d[01]\\d[0-3]\\d)");
  private static final String LATEST = "-latest";

  /** Names the providers document that no rule above derives. */
  private static final Map<String, String> ALIASES =
      Map.of(
          "claude-sonnet-4-0", "claude-sonnet-4-20250514",
          "gpt-4-0613", "gpt-4",
          "gpt-3.5-turbo-0125", "gpt-3.5-turbo");

  /** The provider of an inline price, which is for the model of that name wherever it is served. */
  private static final String ANY_PROVIDER = "*";

  private final LocalDate date;
  private final Map<Key, Entry> entries;

  private PriceTable(LocalDate date, Map<Key, Entry> entries) {
    this.date = date;
    this.entries = Map.copyOf(entries);
  }

  /** The prices that come with the product; {@link #date} says as of when. */
  public static PriceTable builtin() {
    return Builtin.TABLE;
  }

  /**
   * The rows of a user's CSV on top of these. The header names the columns, in any order: {@code
   * provider}, {@code model}, {@code input_per_mtok} and {@code output_per_mtok} are required;
   * {@code cached_input_per_mtok}, {@code cache_write_input_per_mtok}, {@code
   * batch_input_per_mtok}, {@code batch_output_per_mtok}, the like of {@code flex_}, {@code
   * priority_} and {@code long_cache_write_input_per_mtok}, {@code context_tokens} and {@code
   * max_output_tokens} may be left out or empty; a column {@code encoding}, which files once had,
   * is passed over. Lines that start with {@code #} are comments.
   *
   * @param name the file's name, for messages
   * @param content the whole file
   * @throws IllegalArgumentException with every mistake in it, each with its line and column
   */
  public PriceTable withFile(String name, String content) {
    Map<Key, Entry> all = new HashMap<>(entries);
    for (PriceCsv.Row row : PriceCsv.parse(name, content).rows()) {
      all.put(
          new Key(row.provider(), row.model()),
          new Entry(row.price(), "line " + row.line() + " of " + name));
    }
    return new PriceTable(date, all);
  }

  /** A price for one model, whoever serves it, above all others. */
  public PriceTable withInline(String model, Price price) {
    Map<Key, Entry> all = new HashMap<>(entries);
    all.put(new Key(ANY_PROVIDER, model), new Entry(price, "the price given inline"));
    return new PriceTable(date, all);
  }

  /** The price of a model; empty if unknown. The provider's case does not matter. */
  public Optional<Price> find(String provider, String model) {
    return resolve(provider, model).map(Map.Entry::getValue).map(Entry::price);
  }

  /** Where {@link #find} has a price from, for people: a file and line, or the built-in table. */
  public Optional<String> origin(String provider, String model) {
    return resolve(provider, model).map(Map.Entry::getValue).map(Entry::origin);
  }

  /** As of when the built-in prices hold. */
  public LocalDate date() {
    return date;
  }

  /**
   * Models of the same provider that cost less whatever the mix of input and output, cheapest
   * first: no price higher and one lower. Chat models for a chat model, embeddings for an
   * embedding. Ids with a date are left out: they are old and often retired. Empty if the price of
   * {@code model} is unknown.
   */
  public List<Alternative> cheaperThan(String provider, String model) {
    Price reference = find(provider, model).orElse(null);
    if (reference == null) {
      return List.of();
    }
    String wanted = provider.toLowerCase(Locale.ROOT);
    return entries.keySet().stream()
        .filter(key -> key.provider().equals(wanted))
        .map(Key::model)
        .filter(name -> undated(name) == null)
        .flatMap(name -> find(provider, name).map(price -> new Alternative(name, price)).stream())
        .filter(candidate -> embeds(candidate.price()) == embeds(reference))
        .filter(candidate -> isCheaper(candidate.price(), reference))
        .sorted(
            Comparator.<Alternative, BigDecimal>comparing(
                    c -> c.price().inputPerMtok().add(c.price().outputPerMtok()))
                .thenComparing(Alternative::model))
        .toList();
  }

  private static boolean embeds(Price price) {
    return price.maxOutputTokens() != null && price.maxOutputTokens() == 0;
  }

  private static boolean isCheaper(Price candidate, Price reference) {
    int input = candidate.inputPerMtok().compareTo(reference.inputPerMtok());
    int output = candidate.outputPerMtok().compareTo(reference.outputPerMtok());
    return input <= 0 && output <= 0 && (input < 0 || output < 0);
  }

  private Optional<Map.Entry<Key, Entry>> resolve(String provider, String model) {
    String wanted = provider.toLowerCase(Locale.ROOT);
    return exact(wanted, model)
        .or(() -> Optional.ofNullable(undated(model)).flatMap(name -> exact(wanted, name)))
        .or(() -> alias(wanted, model));
  }

  private Optional<Map.Entry<Key, Entry>> alias(String provider, String model) {
    String documented = ALIASES.get(model);
    if (documented != null) {
      return exact(provider, documented);
    }
    String name =
        model.endsWith(LATEST) ? model.substring(0, model.length() - LATEST.length()) : model;
    return exact(provider, name).or(() -> newest(provider, name));
  }

  private Optional<Map.Entry<Key, Entry>> newest(String provider, String undated) {
    return entries.entrySet().stream()
        .filter(e -> e.getKey().provider().equals(provider))
        .filter(e -> undated.equals(undated(e.getKey().model())))
        .max(Comparator.comparing(e -> e.getKey().model().replace("-", "")));
  }

  private Optional<Map.Entry<Key, Entry>> exact(String provider, String model) {
    return entry(new Key(ANY_PROVIDER, model)).or(() -> entry(new Key(provider, model)));
  }

  private Optional<Map.Entry<Key, Entry>> entry(Key key) {
    return Optional.ofNullable(entries.get(key)).map(entry -> Map.entry(key, entry));
  }

  /** The id without its date; null if it has none. */
  private static @Nullable String undated(String model) {
    Matcher dated = DATED.matcher(model);
    return dated.matches() ? dated.group(1) : null;
  }

  /** Read once, on first use. */
  private static final class Builtin {
    private static final String RESOURCE = "prices.csv";
    static final PriceTable TABLE = load();

    private static PriceTable load() {
      try (InputStream in = PriceTable.class.getResourceAsStream(RESOURCE)) {
        if (in == null) {
          throw new IllegalStateException(
              "The built-in prices (io/sluice/cost/"
                  + RESOURCE
                  + ") are missing from the class path: the jar was not packed whole");
        }
        PriceCsv.Parsed parsed = PriceCsv.parse(RESOURCE, new String(in.readAllBytes(), UTF_8));
        LocalDate date = parsed.date();
        if (date == null) {
          throw new IllegalStateException("The built-in prices lack their '# date:' line");
        }
        Map<Key, Entry> all = new HashMap<>();
        for (PriceCsv.Row row : parsed.rows()) {
          all.put(
              new Key(row.provider(), row.model()),
              new Entry(row.price(), "the built-in prices of " + date));
        }
        return new PriceTable(date, all);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the built-in prices " + RESOURCE, e);
      }
    }
  }
}
