package io.sluice.pipeline.cli;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private LastResort() {}

  /** For a process of our own; one of Flink's is Flink's. */
  static void install() {
    if ("?".equals(System.getProperty("user.home"))) {
      // Of a user without an entry; libraries would make a directory of that name where we work.
      System.setProperty("user.home", System.getProperty("java.io.tmpdir"));
    }
    // The launcher's word for a directory that the JVM makes when a thread is refused memory.
    String name = System.getProperty("sluice.memory");
    File mark = name == null ? null : new File(name);
    boolean marked = mark == null || mark.exists();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> {
          if (isMemory(thrown)) {
            end(mark);
          }
          System.err.println("Thread " + thread.getName() + " ended: " + thrown);
        });
    Thread watch =
        new Thread(
            () -> watch(new MemoryWatch(() -> !marked && mark.exists()), mark), "sluice-memory");
    watch.setDaemon(true);
    watch.start();
  }

  private static void watch(MemoryWatch memory, @Nullable File mark) {
    try {
      while (!memory.isGone()) {
        Thread.sleep(MemoryWatch.PAUSE_MILLIS);
      }
      end(mark);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(@Nullable File mark) {
    try {
      if (mark != null) {
        // Who would end this from outside looks for it.
        boolean unused = mark.delete();
      }
      // Already bytes: a text would have to be encoded first.
      System.err.write(MEMORY_BYTES, 0, MEMORY_BYTES.length);
      System.err.flush();
    } finally {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  private static boolean isMemory(Throwable thrown) {
    return find(thrown, OutOfMemoryError.class) != null;
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
      return "the temporary directory "
          + temporary
          + " is not there or cannot be written: give another, SLUICE_JAVA_OPTS=-Djava.io.tmpdir=DIR,"
          + " and run the same command again ("
          + thrown.getMessage()
          + ")";
    }
    return thrown instanceof RuntimeException && thrown.getMessage() != null && isOurs(thrown)
        ? thrown.getMessage()
        : thrown.toString();
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
