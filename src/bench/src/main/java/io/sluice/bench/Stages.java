package io.sluice.bench;

import java.util.Locale;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The cost of a document in every stage that is code and not I/O, by JMH. */
final class Stages {
  /** Takes scenario, what was measured, figure and baseline. */
  interface Rows {
    void row(String scenario, String measured, String figure, String baseline);
  }

  private Stages() {}

  static void run(Rows rows) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include(PrepareStages.class.getSimpleName() + "|" + CallStages.class.getSimpleName())
            .forks(1)
            // As scripts/sluice runs it.
            .jvmArgs("-XX:TieredStopAtLevel=1")
            .warmupIterations(2)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(3)
            .measurementTime(TimeValue.seconds(1))
            .build();
    for (RunResult each : new Runner(options).run()) {
      Result<?> result = each.getPrimaryResult();
      String characters = each.getParams().getParam("characters");
      rows.row(
          "stages",
          result.getLabel() + (characters == null ? "" : ", " + characters + " characters"),
          String.format(Locale.ROOT, "%.2f µs", result.getScore()),
          String.format(
              Locale.ROOT,
              "± %.2f; a call every 10,000 µs at 6,000 a minute",
              result.getScoreError()));
    }
  }
}
