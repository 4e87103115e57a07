package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No library with a known hole is on the class path, but those that are accepted with a reason. */
class KnownHolesTest {
  private static final Path LISTS = Path.of("../src/security");
  private static final Pattern JAR = Pattern.compile("(.+?)-(\\d[^/]*)\\.jar");

  private static Map<String, String> libraries() {
    Map<String, String> libraries = new TreeMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Matcher jar = JAR.matcher(Path.of(entry).getFileName().toString());
      if (jar.matches()) {
        libraries.put(jar.group(1), jar.group(2));
      }
    }
    return libraries;
  }

  private static List<String[]> rows(String list, int columns) throws IOException {
    List<String[]> rows = new ArrayList<>();
    for (String line : Files.readAllLines(LISTS.resolve(list))) {
      if (!line.startsWith("#") && !line.isBlank()) {
        String[] row = line.split(",", columns);
        assertThat(line, row.length, is(columns));
        rows.add(row);
      }
    }
    return rows;
  }

  /** By numbers, part for part; what is no number does not count. */
  private static boolean isBelow(String version, String mended) {
    String[] have = version.split("[^0-9]+");
    String[] need = mended.split("[^0-9]+");
    for (int i = 0; i < need.length; i++) {
      int part = i < have.length && !have[i].isEmpty() ? Integer.parseInt(have[i]) : 0;
      int least = Integer.parseInt(need[i]);
      if (part != least) {
        return part < least;
      }
    }
    return false;
  }

  @Test
  void everyLibrary_isMended_orAcceptedWithAReason() throws IOException {
    Map<String, String> libraries = libraries();
    assertThat(libraries.size(), is(greaterThan(100)));
    Set<String> accepted = new HashSet<>();
    for (String[] row : rows("accepted.csv", 3)) {
      assertThat(row[0], row[2].isBlank(), is(false));
      accepted.add(row[0] + " " + row[1]);
    }
    List<String> holes = new ArrayList<>();
    for (String[] row : rows("vulnerable.csv", 4)) {
      String version = libraries.get(row[0]);
      if (version != null && isBelow(version, row[1]) && !accepted.remove(row[0] + " " + row[2])) {
        holes.add(row[0] + " " + version + ": " + row[2] + ", mended in " + row[1]);
      }
    }
    assertThat("known holes", holes, is(empty()));
    assertThat("accepted, but not there any more", accepted, is(empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "1.9, 1.10, true",
    "1.10, 1.9, false",
    "1.1.10.7, 1.1.10.4, false",
    "4.1.91.Final-17.0, 4.1.100, true",
    "31.1-jre-17.0, 32.0.0, true",
    "2.0, 2.0, false",
    "2, 2.0.1, true"
  })
  void versions_areCompared(String version, String mended, boolean below) {
    assertThat(isBelow(version, mended), is(below));
  }
}
