package io.sluice.internal.ledger.reading;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a line, read leniently: one that is missing, null, of another type or beyond all
 * bounds gives a default, and never an exception. Not thread-safe.
 */
public final class LedgerFields {
  /** A call takes no more tokens than this, and sums of many calls do not overflow. */
  public static final long MOST_TOKENS = 1_000_000_000L;

  /** The year 2255: nanoseconds since 1970 still fit. */
  public static final long MOST_MILLIS = 9_000_000_000_000L;

  private static final BigDecimal MOST_USD = new BigDecimal(1_000_000);
  private static final int MOST_DECIMALS = 64;
  private static final int NUMBER_CHARS = 100;

  /** An answer may be longer than Jackson takes unasked. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /** Every name that any record has. */
  public enum Field {
    T("t"),
    VERSION("version"),
    JOB("job"),
    RUN("run"),
    PARTITION("partition"),
    N("n"),
    FP("fp"),
    KEY("key"),
    AT("at"),
    USD("usd"),
    RIDES("rides"),
    BATCH("batch"),
    OUTCOME("outcome"),
    MS("ms"),
    ATTEMPTS("attempts"),
    BILLING("billing"),
    IN("in"),
    CACHED("cached"),
    OUT("out"),
    WRITTEN("written"),
    KEPT("kept"),
    TIER("tier"),
    MODEL("model"),
    FINISH("finish"),
    KIND("kind"),
    MESSAGE("message"),
    RETRYABLE("retryable"),
    STATUS("status"),
    CODE("code"),
    RAW("raw"),
    UNFIT("unfit"),
    SAVED("saved"),
    STATE("state"),
    REQUESTS("requests"),
    TOKENS("tokens"),
    ID("id"),
    DONE("done"),
    FAILED("failed"),
    WHY("why"),
    SHARD("shard"),
    SEEN("seen"),
    ANSWERED("answered"),
    DEAD("dead"),
    SERVED_FROM_LEDGER("servedFromLedger"),
    SENT("sent"),
    SUCCEEDED("succeeded"),
    RETRIED("retried"),
    RATE_LIMITED("rateLimited"),
    IN_FLIGHT("inFlight"),
    WAITING("waiting"),
    BATCHES("batches"),
    BATCH_REQUESTS("batchRequests"),
    BATCH_DONE("batchDone"),
    WAITED_MS("waitedMs"),
    FAILURES("failures"),
    SITUATION("situation"),
    STOPPED("stopped");

    /**
     * A hash table that is asked twenty times a line: a map takes a fifth of the time of a line.
     */
    private static final @Nullable Field[] TABLE = new @Nullable Field[256];

    static {
      for (Field field : values()) {
        int at = slot(field.word);
        while (TABLE[at] != null) {
          at = next(at);
        }
        TABLE[at] = field;
      }
    }

    private final String word;

    Field(String word) {
      this.word = word;
    }

    private static @Nullable Field of(String word) {
      int at = slot(word);
      Field field = TABLE[at];
      while (field != null && !field.word.equals(word)) {
        at = next(at);
        field = TABLE[at];
      }
      return field;
    }

    private static int slot(String word) {
      return word.hashCode() & TABLE.length - 1;
    }

    private static int next(int slot) {
      return slot + 1 & TABLE.length - 1;
    }
  }

  private static final int COUNT = Field.values().length;

  /** Strings, longs, booleans, and maps of numbers; numbers that are no long as their text. */
  private final @Nullable Object[] values = new @Nullable Object[COUNT];

  private boolean doubtful;

  private LedgerFields() {}

  /** The fields of an object; none where the bytes are not one. */
  public static LedgerFields of(byte[] bytes, int from, int length) {
    LedgerFields fields = new LedgerFields();
    try (JsonParser parser = JSON.createParser(bytes, from, length)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          Field field = Field.of(parser.currentName());
          Object value = value(parser, parser.nextToken());
          if (field != null) {
            fields.values[field.ordinal()] = value;
          }
        }
      }
    } catch (IOException e) {
      // The checksum is right, so it was written like this: what was read before counts.
      return fields;
    }
    return fields;
  }

  private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? parser.getText()
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getText();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case START_OBJECT -> numbers(parser);
      case START_ARRAY -> {
        parser.skipChildren();
        yield null;
      }
      default -> null;
    };
  }

  private static Map<String, Long> numbers(JsonParser parser) throws IOException {
    Map<String, Long> numbers = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
        numbers.put(name, Math.max(0, Math.min(MOST_MILLIS, parser.getLongValue())));
      } else {
        parser.skipChildren();
      }
    }
    return numbers;
  }

  private @Nullable Object get(Field field) {
    return values[field.ordinal()];
  }

  public boolean has(Field field) {
    return get(field) != null;
  }

  /** Text, or what stands there as text; empty for none. */
  public String text(Field field) {
    String text = textOrNull(field);
    return text == null ? "" : text;
  }

  public @Nullable String textOrNull(Field field) {
    Object value = get(field);
    return value == null || value instanceof Map ? null : value.toString();
  }

  public boolean is(Field field) {
    return Boolean.TRUE.equals(get(field));
  }

  /** A count from 0 to a bound; 0 for none. */
  public long number(Field field, long most) {
    Object value = get(field);
    if (value instanceof Long number) {
      return Math.max(0, Math.min(most, number));
    }
    BigDecimal decimal = decimal(value);
    return decimal == null || decimal.signum() <= 0
        ? 0
        : decimal.min(BigDecimal.valueOf(most)).longValue();
  }

  public int integer(Field field) {
    return (int) number(field, Integer.MAX_VALUE);
  }

  public long at() {
    return number(Field.AT, MOST_MILLIS);
  }

  /** Tokens of a call; what cannot be so makes the line doubtful. */
  public long tokens(Field field) {
    long tokens = number(field, MOST_TOKENS);
    Object value = get(field);
    if (value != null && (!(value instanceof Long number) || number != tokens)) {
      doubtful = true;
    }
    return tokens;
  }

  /** A sum of money; null for none. What cannot be so makes the line doubtful. */
  public @Nullable BigDecimal usd(Field field) {
    Object value = get(field);
    if (value == null) {
      return null;
    }
    BigDecimal usd = value instanceof Long number ? BigDecimal.valueOf(number) : decimal(value);
    if (usd == null || usd.signum() < 0 || usd.scale() > MOST_DECIMALS) {
      doubtful = true;
      return BigDecimal.ZERO;
    }
    if (usd.compareTo(MOST_USD) > 0) {
      doubtful = true;
      return MOST_USD;
    }
    return usd;
  }

  private static @Nullable BigDecimal decimal(@Nullable Object value) {
    if (!(value instanceof String text) || text.length() > NUMBER_CHARS) {
      return null;
    }
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** The numbers of an object within; none where there is none. */
  public Map<String, Long> numbers(Field field) {
    Map<String, Long> numbers = new LinkedHashMap<>();
    if (get(field) instanceof Map<?, ?> found) {
      found.forEach((key, value) -> numbers.put((String) key, (Long) value));
    }
    return numbers;
  }

  /** Whether tokens or money were asked for that cannot be so. */
  public boolean isDoubtful() {
    return doubtful;
  }
}
