package io.sluice.pipeline.runner;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.apache.flink.runtime.operators.BatchTask;
import org.apache.flink.runtime.operators.DataSinkTask;
import org.apache.flink.runtime.operators.DataSourceTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What is thrown is reported; who logs it, too, puts a page of trace before that line. */
class QuietLogsTest {
  @ParameterizedTest
  @ValueSource(classes = {BatchTask.class, DataSinkTask.class, DataSourceTask.class})
  void whoeverThrows_doesNotLogItAsWell(Class<?> thrower) {
    assertThat(LoggerFactory.getLogger(thrower).isErrorEnabled(), is(false));
  }
}
