package io.sluice.pipeline.cli;

import io.sluice.pipeline.runner.JobFailedException;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is done where nothing else can be: a process without memory ends with a word instead of
 * hanging, because the threads that it lacks do not come back. What was answered is in the ledger.
 */
final class LastResort {
  private static final int FAILED = 1;

  private static final String MEMORY =
      "The job failed: out of memory. Nothing that was answered is lost: give it more, such as"
          + " SLUICE_JAVA_OPTS=-Xmx4g, and run the same command again";

  private static final byte[] MEMORY_BYTES = (MEMORY + "\n").getBytes(StandardCharsets.UTF_8);

  private static final OutputStream ERR = new FileOutputStream(FileDescriptor.err);

  private static final PrintStream NOBODY =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  /** A directory that the JVM makes when a thread is refused memory, where the launcher asks so. */
  private static final @Nullable File MARK =
      System.getProperty("sluice.memory") == null
          ? null
          : new File(System.getProperty("sluice.memory"));

  /** About as much as the libraries that are unpacked there have. */
  private static final int TRIED_BYTES = 1 << 20;

  private LastResort() {}

  /** For a process of our own; one of Flink's is Flink's. */
  static void install() {
    if ("?".equals(System.getProperty("user.home"))) {
      // Of a user without an entry; libraries would make a directory of that name where we work.
      System.setProperty("user.home", System.getProperty("java.io.tmpdir"));
    }
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> {
          if (isMemory(thrown)) {
            end();
          }
          if (isToBeTold(thrown, LastResort::isEnding)) {
            System.err.println("Thread " + thread.getName() + " ended: " + thrown);
          }
        });
    // One that is there by now is not of this process.
    @Nullable BooleanSupplier told = MARK == null || MARK.exists() ? null : MARK::exists;
    Thread watch = new Thread(() -> watch(new MemoryWatch(told)), "sluice-memory");
    watch.setPriority(Thread.MAX_PRIORITY);
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * Whether a thread's end is told. When the process ends, Flink deletes the temporary file with
   * classes that its own last steps are of, in any order: that is nothing to a job.
   */
  static boolean isToBeTold(Throwable thrown, BooleanSupplier isEnding) {
    return !(thrown instanceof LinkageError) || !isEnding.getAsBoolean();
  }

  private static boolean isEnding() {
    Thread nothing = new Thread(() -> {}, "sluice-nothing");
    try {
      Runtime.getRuntime().addShutdownHook(nothing);
      Runtime.getRuntime().removeShutdownHook(nothing);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static void watch(MemoryWatch memory) {
    try {
      while (!memory.isGone()) {
        Thread.sleep(MemoryWatch.PAUSE_MILLIS);
      }
      end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end() {
    try {
      // What other threads have to say of it by now is pages of the same.
      System.setErr(NOBODY);
      leave();
      // Already bytes, and to nobody who makes them visible first.
      ERR.write(MEMORY_BYTES);
    } catch (IOException e) {
      // Nobody reads it.
    } finally {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  /** The process ends by itself: whoever would end it from outside looks for this. */
  static void leave() {
    if (MARK != null) {
      boolean unused = MARK.delete();
    }
  }

  private static boolean isMemory(Throwable thrown) {
    return find(thrown, OutOfMemoryError.class) != null;
  }

  /**
   * Looks whether a file can be written where libraries put theirs: they print a trace of their own
   * where it cannot.
   *
   * @throws JobFailedException if it is there and cannot be written to
   */
  static void checkTemporary(Path directory) {
    if (!Files.isDirectory(directory)) {
      // Some make it, and others do without.
      return;
    }
    try {
      Path tried = Files.createTempFile(directory, "sluice-", ".tmp");
      try {
        // A disk that is full has room for a file without anything in it.
        Files.write(tried, new byte[TRIED_BYTES]);
      } finally {
        Files.delete(tried);
      }
    } catch (IOException e) {
      throw new JobFailedException(unwritable(directory.toString(), e));
    }
  }

  private static String unwritable(String temporary, Throwable why) {
    return "the temporary directory "
        + temporary
        + " is not there, is full or cannot be written: give another, SLUICE_JAVA_OPTS=-Djava.io.tmpdir=DIR,"
        + " and run the same command again ("
        + why.getMessage()
        + ")";
  }

  /** What is to be said of something that ended the job. */
  static String reason(Throwable thrown) {
    if (isMemory(thrown)) {
      return MEMORY.substring(MEMORY.indexOf(": ") + 2);
    }
    String temporary = System.getProperty("java.io.tmpdir");
    if (find(thrown, UnsatisfiedLinkError.class) != null
        || String.valueOf(thrown.getMessage()).contains("UnsatisfiedLinkError")) {
      return "a library could not be loaded from "
          + temporary
          + ", as where nothing may be executed there (noexec): give another directory,"
          + " SLUICE_JAVA_OPTS=-Djava.io.tmpdir=DIR, and run the same command again ("
          + thrown.getMessage()
          + ")";
    }
    if (!Files.isWritable(Path.of(temporary))) {
      return thrown instanceof JobFailedException && thrown.getCause() == null
          ? String.valueOf(thrown.getMessage())
          : unwritable(temporary, thrown);
    }
    // An IOException of no kind has words alone: ours, or the system's.
    boolean hasWords = thrown.getClass() == IOException.class || isOurs(thrown);
    return hasWords && thrown.getMessage() != null ? thrown.getMessage() : thrown.toString();
  }

  private static boolean isOurs(Throwable thrown) {
    return thrown.getClass().getName().startsWith("io.sluice.");
  }

  private static @Nullable Throwable find(@Nullable Throwable thrown, Class<?> type) {
    int depth = 0;
    for (Throwable cause = thrown; cause != null && depth < 50; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return cause;
      }
      depth++;
    }
    return null;
  }
}
