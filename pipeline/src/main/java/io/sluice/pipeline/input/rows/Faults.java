package io.sluice.pipeline.input.rows;

import io.sluice.internal.text.Text;
import java.io.EOFException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is wrong with a file, as what was thrown says it. */
public final class Faults {
  private static final int MOST_CHARS = 500;

  private static final String NO_VALUES = "its bytes are no values of its types: it is damaged";

  /** The name of a class before a message, or in its place. */
  private static final Pattern CLASS =
      Pattern.compile("(?:[a-z_][a-zA-Z0-9_]*\\.){2,}[A-Z][\\w$]*(?:: ?|$)");

  /** Thrift's, of a Parquet file's footer. */
  private static final Pattern LACKING =
      Pattern.compile("can not read class .{0,200}?: Required field '(\\w+)' was not");

  /** What Jackson says of itself. */
  private static final Pattern OF_THE_PARSER =
      Pattern.compile("\\s{0,4}at \\[Source: [^\\]]{0,300}\\]|, from `[^`]{0,100}`");

  private Faults() {}

  /**
   * Some exceptions have no message, some say it in their cause, and some name parts of libraries.
   */
  public static String reason(Throwable e) {
    if (e instanceof StackOverflowError) {
      return "its values lie in each other deeper than can be read";
    }
    if (isOfTheJvm(e)) {
      // The JVM leaves out the message of one that comes often, and names its own parts in others.
      return NO_VALUES;
    }
    Throwable told = e.getMessage() == null && e.getCause() != null ? e.getCause() : e;
    if (told.getMessage() == null) {
      return told instanceof EOFException ? "it ends within a value: it is damaged" : NO_VALUES;
    }
    // Parquet's may quote a whole schema.
    return Text.shown(plain(told.getMessage()), MOST_CHARS);
  }

  private static boolean isOfTheJvm(Throwable e) {
    return e instanceof IndexOutOfBoundsException
        || e instanceof NullPointerException
        || e instanceof ClassCastException
        || e instanceof NegativeArraySizeException;
  }

  /** Without the names of classes, which tell nobody what is wrong with the file. */
  private static String plain(String message) {
    Matcher lacking = LACKING.matcher(message);
    if (lacking.find()) {
      return "what it says of itself lacks " + lacking.group(1) + ": it is damaged";
    }
    String plain = message;
    Matcher named = CLASS.matcher(plain);
    // Each one that passes on another's message puts its name before it.
    while (named.lookingAt()) {
      plain = plain.substring(named.end());
      named = CLASS.matcher(plain);
    }
    plain = OF_THE_PARSER.matcher(plain).replaceAll("").strip();
    return plain.isEmpty() ? NO_VALUES : plain;
  }

  /**
   * Throws what the storage threw, where that is the cause.
   *
   * @throws StorageException to be tried again
   */
  public static void throwIfStorage(Throwable e) throws StorageException {
    StorageException fault = StorageException.in(e);
    if (fault != null) {
      throw fault;
    }
  }
}
