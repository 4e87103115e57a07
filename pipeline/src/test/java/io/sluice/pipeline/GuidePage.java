package io.sluice.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the guide, as tests read it: its tables and its blocks of code. */
public record GuidePage(String name, List<String> lines) {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /**
   * A block of code.
   *
   * @param note the HTML comment on the line before it, without its marks; empty for none
   * @param line the line of its fence, from 1
   */
  public record Block(String language, String note, int line, String text) {}

  public static GuidePage of(String name) throws IOException {
    return read(Path.of("../src/guide", name));
  }

  /** The README and every page. */
  public static List<GuidePage> all() throws IOException {
    List<GuidePage> pages = new ArrayList<>(List.of(read(Path.of("../README.md"))));
    try (Stream<Path> files = Files.walk(Path.of("../src/guide"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".md")).sorted().toList()) {
        pages.add(read(file));
      }
    }
    return pages;
  }

  private static GuidePage read(Path file) throws IOException {
    return new GuidePage(file.getFileName().toString(), Files.readAllLines(file));
  }

  /** The lines below a heading, up to the next one of its level or above. */
  public GuidePage section(String heading) {
    int from = lines.indexOf(heading);
    if (from < 0) {
      throw new IllegalArgumentException(name + " has no " + heading);
    }
    String level = heading.substring(0, heading.indexOf(' '));
    int to = from + 1;
    while (to < lines.size() && !lines.get(to).matches("#{1," + level.length() + "} .*")) {
      to++;
    }
    return new GuidePage(name + " " + heading, lines.subList(from + 1, to));
  }

  /** The rows of all tables whose first column has a name: their cells. */
  public List<List<String>> rows(String firstColumn) {
    List<List<String>> rows = new ArrayList<>();
    boolean in = false;
    for (String line : lines) {
      if (!line.startsWith("|")) {
        in = false;
      } else if (line.startsWith("| " + firstColumn + " |")) {
        in = true;
      } else if (in && !line.startsWith("|--")) {
        List<String> cells = Arrays.asList(line.split("\\|", -1));
        rows.add(cells.subList(1, cells.size() - 1).stream().map(String::strip).toList());
      }
    }
    return rows;
  }

  /** Every name in the first column of such tables. */
  public SortedSet<String> names(String firstColumn) {
    SortedSet<String> names = new TreeSet<>();
    for (List<String> row : rows(firstColumn)) {
      Matcher code = CODE.matcher(row.get(0));
      while (code.find()) {
        names.add(code.group(1));
      }
    }
    return names;
  }

  /** The name in a cell that holds nothing else. */
  public static String name(String cell) {
    Matcher code = CODE.matcher(cell);
    if (!code.matches()) {
      throw new IllegalArgumentException("expected one `name`, got " + cell);
    }
    return code.group(1);
  }

  public List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).startsWith("```")) {
        continue;
      }
      int from = i + 1;
      String before = from > 1 ? lines.get(from - 2) : "";
      while (!lines.get(++i).equals("```")) {
        // To the end of the block.
      }
      String note =
          before.startsWith("<!-- ") && before.endsWith(" -->")
              ? before.substring(5, before.length() - 4)
              : "";
      String text = String.join("\n", lines.subList(from, i)) + "\n";
      blocks.add(new Block(lines.get(from - 1).substring(3), note, from, text));
    }
    return blocks;
  }
}
