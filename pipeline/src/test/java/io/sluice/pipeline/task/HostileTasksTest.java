package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.sluice.pipeline.GuidePage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The guide's tasks, each with some of its values replaced and some of its letters broken, at
 * random: a task, or a mistake that says where it is, in a bounded number of words that are not
 * Java's. With {@code -Dsluice.fuzz.rounds=N} more of them, and others each time.
 */
class HostileTasksTest {
  private static final Integer ROUNDS = Integer.getInteger("sluice.fuzz.rounds");
  private static final long SEED = ROUNDS == null ? 20_261_129 : System.nanoTime();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final String MARKS = "{}[]:,&*!|>'\"#%@`\n\t <-$\\";

  /** What no task's reader may say of what it was given. */
  private static final Pattern JAVAS =
      Pattern.compile(
          "\\b(java|javax|com|org|io)\\.[a-z.]+\\.[A-Z]\\w+|Exception|\\bnull\\b.*\\bis null");

  /** Each is the text of one value. */
  private static final List<String> LIES =
      List.of(
          "-1",
          "0",
          "1e17",
          "1e999999999",
          "-1e400",
          "99999999999999999999",
          "0.1e-400",
          "1.5",
          "null",
          "true",
          "yes",
          ".nan",
          ".inf",
          "[]",
          "{}",
          "\"\"",
          "\" \"",
          "x",
          "\"\\0\"",
          "\"{{\"",
          "\"{{}}\"",
          "\"{{text\"",
          "\"${\"",
          "\"${NOT_SET}\"",
          "\"${A:-}\"",
          "9999999999999999h",
          "-1s",
          "P1D",
          "\"../../x\"",
          "\"http://\"",
          "\"http://[::1\"",
          "\"https://user:pass@host/\"",
          "[[[[]]]]",
          "{a: {b: [1, {c: d}]}}",
          "{$ref: \"#\"}",
          "{type: object, properties: {a: {pattern: \"(\"}}}",
          "2026-11-29",
          "0o17",
          "1_000",
          "&x [1, *x]",
          "!!int x",
          "!!binary \"x\"",
          "<<: {a: 1}",
          "|\n  x",
          "? a");

  private final Random random = new Random(SEED);

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static List<String> tasks() throws IOException {
    List<String> tasks = new ArrayList<>();
    tasks.add(TaskTexts.GOOD);
    for (GuidePage page : GuidePage.all()) {
      for (GuidePage.Block block : page.blocks()) {
        if (block.language().equals("yaml") && block.note().isEmpty()) {
          tasks.add(block.text());
        }
      }
    }
    return tasks;
  }

  /** Puts the number of a lie for one of a node's values. */
  private void lie(JsonNode node) {
    JsonNode lie = TextNode.valueOf("LIE" + random.nextInt(LIES.size()) + "LIE");
    if (node instanceof ObjectNode object && !object.isEmpty()) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = one(names);
      if (object.get(name).isContainerNode() && random.nextInt(5) > 0) {
        lie(object.get(name));
      } else {
        switch (random.nextInt(8)) {
          case 0 -> object.remove(name);
          case 1 -> object.set(one(List.of("", " ", "x\ny", "labels", "keys", "type")), lie);
          default -> object.set(name, lie);
        }
      }
    } else if (node instanceof ArrayNode array && !array.isEmpty()) {
      int at = random.nextInt(array.size());
      if (array.get(at).isContainerNode() && random.nextInt(5) > 0) {
        lie(array.get(at));
      } else if (random.nextInt(4) == 0) {
        array.add(array.get(at).deepCopy());
      } else {
        array.set(at, lie);
      }
    }
  }

  private String broken(JsonNode task) throws IOException {
    JsonNode tree = task.deepCopy();
    for (int i = random.nextInt(3); i >= 0; i--) {
      lie(tree);
    }
    String text = YAML.writeValueAsString(tree);
    for (int i = 0; i < LIES.size(); i++) {
      text = text.replace("\"LIE" + i + "LIE\"", LIES.get(i));
    }
    StringBuilder letters = new StringBuilder(text);
    for (int i = random.nextInt(9) - 6; i > 0; i--) {
      letters.setCharAt(
          random.nextInt(letters.length()), MARKS.charAt(random.nextInt(MARKS.length())));
    }
    return letters.toString();
  }

  @Test
  void anyTask_isRead_orItsMistakesAreSaid() throws IOException {
    int wrong = 0;
    for (String task : tasks()) {
      JsonNode tree = YAML.readTree(task);
      for (int round = ROUNDS == null ? 20 : ROUNDS / 20; round > 0; round--) {
        String text = broken(tree);
        try {
          TaskFile.parse("task.yaml", text, name -> name.equals("A") ? "x" : null);
        } catch (TaskFileException e) {
          wrong++;
          said(String.valueOf(e.getMessage()), text);
        } catch (RuntimeException | Error e) {
          throw kept(text, e);
        }
      }
    }
    assertThat(wrong, is(greaterThan(0)));
  }

  private static void said(String message, String text) throws IOException {
    try {
      assertThat(message, containsString("task.yaml"));
      assertThat(message, JAVAS.matcher(message).find(), is(false));
      assertThat(message.length(), is(lessThan(20_000)));
    } catch (AssertionError e) {
      throw kept(text, e);
    }
  }

  private static AssertionError kept(String text, Throwable thrown) throws IOException {
    Path file = Files.writeString(Files.createTempFile("task-", ".yaml"), text);
    return new AssertionError("A task of seed " + SEED + ", kept in " + file, thrown);
  }
}
