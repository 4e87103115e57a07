package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant with a budget of its own. */
class KeyBudgetRunTest {
  @TempDir Path directory;

  private void limit(String before, String after) throws IOException {
    Path file = directory.resolve("task.yaml");
    Files.writeString(file, Files.readString(file).replace(before, after));
  }

  @Test
  void aKeyStopsAtItsBudget_overAllRuns_andTheOthersAreAnswered() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(200, 200)) {
      limit("t0: {", "t0: {budgetUsd: 0.0003, ");
      assertThat(rig.printed(), rig.run(), is(3));
      int answered = rig.summary().path("succeeded").asInt();
      assertThat(answered, is(both(greaterThan(100)).and(lessThan(200))));
      BigDecimal spent = rig.summary().path("byKey").path("t0").path("costUsd").decimalValue();
      assertThat(spent, lessThanOrEqualTo(new BigDecimal("0.0003")));
      JsonNode dead = rig.rows("dead-letter").values().iterator().next();
      assertThat(
          dead.path("error").path("message").asText(),
          containsString("larger quota.keys.t0.budgetUsd"));

      assertThat("over all runs", rig.run(), is(3));
      assertThat(rig.books("billed"), is((long) answered));

      limit("budgetUsd: 0.0003", "budgetUsd: 1");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.rows("results"), aMapWithSize(200));
      assertThat(rig.books("billed"), is(200L));
    }
  }

  @Test
  void withoutAPrice_itIsRefused() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(2, 2)) {
      limit("t0: {", "t0: {budgetUsd: 1, ");
      limit("gpt-4o-mini", "house-model");
      UsageException refused = assertThrows(UsageException.class, rig::run);
      assertThat(refused.getMessage(), containsString("The budget of key t0 cannot be kept"));
      assertThat(rig.books("billed"), is(0L));
    }
  }
}
