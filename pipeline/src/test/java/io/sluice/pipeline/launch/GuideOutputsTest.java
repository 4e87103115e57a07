package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.sluice.pipeline.GuidePage;
import io.sluice.pipeline.output.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guide says of the output files is what a job writes. */
class GuideOutputsTest {
  /** Objects whose fields are the user's. */
  private static final Set<String> FREE = Set.of(".document", ".deadLettersByKind");

  @TempDir Path directory;

  private static GuidePage.Block example(String of) throws IOException {
    return GuidePage.of("outputs.md").blocks().stream()
        .filter(block -> block.note().equals("as in " + of))
        .findFirst()
        .orElseThrow(() -> new AssertionError("outputs.md shows no " + of));
  }

  /** The types of all fields by their paths; of an array's elements, those of the first. */
  private static SortedMap<String, JsonNodeType> shape(JsonNode node) {
    SortedMap<String, JsonNodeType> shape = new TreeMap<>();
    add("", node, shape);
    return shape;
  }

  private static void add(String path, JsonNode node, Map<String, JsonNodeType> shape) {
    shape.put(path, node.getNodeType());
    if (node.isArray() && !node.isEmpty()) {
      add(path + "[]", node.get(0), shape);
    }
    if (node.isObject() && !FREE.contains(path)) {
      node.fields().forEachRemaining(f -> add(path + "." + f.getKey(), f.getValue(), shape));
    }
  }

  private static void assertShown(String of, JsonNode real) throws IOException {
    SortedMap<String, JsonNodeType> shown = shape(JobRig.JSON.readTree(example(of).text()));
    SortedMap<String, JsonNodeType> written = shape(real);
    // What is unknown or does not apply is null.
    written.replaceAll(
        (path, type) ->
            type == JsonNodeType.NULL ? shown.getOrDefault(path, JsonNodeType.NULL) : type);
    assertThat("the example of " + of, shown, is(written));
  }

  @Test
  void theExamplesHaveTheFieldsOfRealFiles() throws IOException {
    try (JobRig rig = new JobRig(directory, "bad=0.2")) {
      rig.documents(60, 60).run();
      assertShown("results", rig.rows("results").values().iterator().next());
      assertShown("dead-letter", rig.rows("dead-letter").values().iterator().next());
      assertShown("summary.json", rig.summary());
    }
  }

  @Test
  void theSummarysTable_hasEveryFieldAndNoOther() throws IOException {
    SortedSet<String> written = new TreeSet<>();
    try (JobRig rig = new JobRig(directory, "")) {
      rig.documents(5, 5).run();
      rig.summary().fieldNames().forEachRemaining(written::add);
      Files.writeString(directory.resolve("key"), "bad-key\n");
      assertThat(rig.run("--fresh"), is(5));
      rig.summary().fieldNames().forEachRemaining(written::add);
    }
    GuidePage section = GuidePage.of("outputs.md").section("## summary.json");
    assertThat(section.names("field"), is(written));
  }

  @Test
  void everyExitCodeOfAJob_isExplained() throws IOException {
    SortedSet<String> codes = new TreeSet<>(Set.of("2", "129", "130", "137", "143"));
    for (RunState state : RunState.values()) {
      codes.add(String.valueOf(state.exitCode()));
    }
    SortedSet<String> table = new TreeSet<>();
    for (var row : GuidePage.of("outputs.md").section("## Exit codes").rows("exit code")) {
      table.addAll(Set.of(row.get(0).split(", ")));
    }
    assertThat(table, is(codes));
    String text = String.join("\n", GuidePage.of("troubleshooting.md").lines());
    codes.remove("0");
    codes.removeIf(code -> text.matches("(?s).*\\*\\*([0-9]+(, | and ))*" + code + "[, ].*"));
    assertThat("not in troubleshooting.md", codes, is(Set.of()));
  }
}
