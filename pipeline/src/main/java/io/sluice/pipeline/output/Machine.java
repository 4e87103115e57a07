package io.sluice.pipeline.output;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;

/** This machine and its processes, as files of a job name them. */
public final class Machine {
  private Machine() {}

  /** This machine's name. */
  public static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  /** When a process began, to tell it from a later one with the same number; empty if unknown. */
  public static String startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
  }

  /** Whether a process is there that began then; at any time if that is empty. */
  public static boolean isAlive(long pid, String startedAt) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(process -> startedAt.isEmpty() || startOf(process).equals(startedAt))
        .isPresent();
  }
}
