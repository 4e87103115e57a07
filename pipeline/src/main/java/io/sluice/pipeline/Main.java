package io.sluice.pipeline;

import io.sluice.pipeline.cli.Verbs;

/** Where the jar starts; the name that a cluster's manifest of the job gives as its entry class. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Verbs.main(args);
  }
}
