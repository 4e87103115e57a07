package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.iterableWithSize;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was served in a tier, or in batches, is a sum of its own. */
class TierRunTest {
  @TempDir Path directory;

  private void change(String before, String after) throws IOException {
    Path file = directory.resolve("task.yaml");
    Files.writeString(file, Files.readString(file).replace(before, after));
  }

  @Test
  void theSummaryAddsUpByTier() throws IOException {
    try (JobRig rig = new JobRig(directory, "", 0.2).documents(20, 20)) {
      change("gpt-4o-mini", "gpt-5-mini");
      change("{kind: openai,", "{kind: openai, tier: flex,");
      change("parameters: {max_tokens: 20}", "parameters: {max_completion_tokens: 20}");
      assertThat(rig.printed(), rig.run(), is(0));
      JsonNode tiers = rig.summary().path("byTier");
      assertThat(tiers, hasSizeOf(1));
      assertThat(tiers.get(0).path("tier").asText(), is("flex"));
      assertThat(tiers.get(0).path("calls").asInt(), is(20));

      change("tier: flex,", "mode: batch,");
      Files.writeString(
          directory.resolve("documents.jsonl"),
          "{\"id\": \"other\", \"tenant\": \"t0\", \"text\": \"one more bug\"}\n");
      change("retry:", "batch: {poll: 200ms}\nretry:");
      assertThat(rig.printed(), rig.run("--replace"), is(0));
      tiers = rig.summary().path("byTier");
      assertThat(tiers, hasSizeOf(2));
      assertThat(tiers.get(0).path("tier").asText(), is("batch"));
      assertThat(
          tiers
              .get(0)
              .path("costUsd")
              .decimalValue()
              .add(tiers.get(1).path("costUsd").decimalValue()),
          comparesEqualTo(rig.summary().path("costUsd").decimalValue()));
    }
  }

  private static Matcher<Iterable<JsonNode>> hasSizeOf(int size) {
    return iterableWithSize(size);
  }
}
