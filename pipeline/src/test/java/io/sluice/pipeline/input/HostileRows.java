package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.notNullValue;

import com.sun.management.ThreadMXBean;
import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads what is not to be trusted, and holds what memory it takes against the most. */
final class HostileRows {
  private static final long MOST_ALLOCATED = 1L << 30;

  private HostileRows() {}

  /** The file's rows; fails where reading them takes more memory than any file may. */
  static List<Row> rows(Path file, InputFormat format) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    List<Row> rows = new ArrayList<>();
    try (RowReader reader = RowReader.open(Rowing.file(file, format), DocumentFields.DEFAULT)) {
      for (Row row = reader.next(); row != null && rows.size() < 100_000; row = reader.next()) {
        rows.add(row);
      }
    }
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertThat("bytes allocated", allocated, is(lessThan(MOST_ALLOCATED)));
    return rows;
  }

  static String onlyProblem(List<Row> rows) {
    assertThat(rows, hasSize(1));
    assertThat(rows.get(0).problem(), is(notNullValue()));
    return String.valueOf(rows.get(0).problem());
  }
}
