package io.sluice.pipeline.input.rows;

import io.sluice.internal.text.Text;

/** What is wrong with a file, as what was thrown says it. */
public final class Faults {
  private static final int MOST_CHARS = 500;

  private Faults() {}

  /** Some exceptions have no message, and some say it in their cause. */
  public static String reason(Throwable e) {
    if (e instanceof StackOverflowError) {
      return "its values lie in each other deeper than can be read";
    }
    if (e instanceof IndexOutOfBoundsException || e instanceof NullPointerException) {
      // The JVM leaves out the message of one that comes often, and names its own parts in others.
      return "its bytes are no values of its types: it is damaged";
    }
    Throwable told = e.getMessage() == null && e.getCause() != null ? e.getCause() : e;
    String message = told.getMessage() == null ? told.toString() : told.getMessage();
    // Parquet's may quote a whole schema.
    return Text.shown(message, MOST_CHARS);
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
