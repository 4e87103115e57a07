package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.input.files.OwnFiles;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which files patterns match on a disk. */
class InputFilesTest {
  @TempDir Path temporary;
  private Path directory;

  @BeforeEach
  void link() throws IOException {
    directory = temporary.toRealPath();
  }

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = directory.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
  }

  private List<String> list(String pattern, OwnFiles own) {
    List<String> names = new ArrayList<>();
    for (InputFile file :
        new InputFiles(directory + "/" + pattern, InputFormat.CSV).without(own).list()) {
      names.add(directory.relativize(Path.of(file.name())).toString());
    }
    return names;
  }

  private List<String> list(String pattern) {
    return list(pattern, OwnFiles.NONE);
  }

  @Test
  void patterns() throws IOException {
    files("a.csv", "b.csv", "c.txt", "d/a.csv", "d/e/a.csv", "dt=1/x.csv", "dt=2/x.csv", "f,g.csv");
    assertThat(list("*.csv"), contains("a.csv", "b.csv", "f,g.csv"));
    assertThat(list("?.csv"), contains("a.csv", "b.csv"));
    assertThat(list("[b-z].*"), contains("b.csv", "c.txt"));
    assertThat(list("{a,c}.*"), contains("a.csv", "c.txt"));
    assertThat(list("{d/e,dt=1}/*.csv"), contains("d/e/a.csv", "dt=1/x.csv"));
    assertThat(list("dt={1,2}/*"), contains("dt=1/x.csv", "dt=2/x.csv"));
    assertThat(
        list("dt={1,2}/*," + directory + "/a.csv"), contains("a.csv", "dt=1/x.csv", "dt=2/x.csv"));
    assertThat(
        list("**.csv"),
        contains("a.csv", "b.csv", "d/a.csv", "d/e/a.csv", "dt=1/x.csv", "dt=2/x.csv", "f,g.csv"));
    assertThat(list("d/**/a.csv"), contains("d/e/a.csv"));
    assertThat(list("*/a.csv"), contains("d/a.csv"));
    assertThat(list("d/../d/./a.csv"), contains("d/a.csv"));
    assertThat(list("f\\,g.csv"), contains("f,g.csv"));
    assertThat(list("a.csv," + directory + "/*.csv," + directory + "//a.csv").size(), is(3));
  }

  @Test
  void aDirectoryOrALinkToNothing_isSaidToBeOne() throws IOException {
    files("in/a.csv");
    Files.createSymbolicLink(directory.resolve("gone.csv"), directory.resolve("nothing.csv"));
    for (String name : List.of("in", "in/")) {
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> list(name));
      assertThat(
          e.getMessage(),
          endsWith(
              "say which files in it, such as '%1$s/in/*.jsonl', or '%1$s/in/**' for all that are below it"
                  .formatted(directory)));
    }
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> list("gone.csv"));
    assertThat(e.getMessage(), containsString("gone.csv; it is a link to what is not there"));
    assertThat(list("in/**"), contains("in/a.csv"));
  }

  @Test
  void whatIsWatched_mayBeThereLater_butIsNoDirectory() throws IOException {
    files("in/a.csv");
    new InputFiles(directory + "/later/*.csv", InputFormat.CSV).checkPatterns();
    InputFiles wrong = new InputFiles(directory + "/in", InputFormat.CSV);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, wrong::checkPatterns);
    assertThat(e.getMessage(), containsString("/in: it is a directory: say which files in it"));
  }

  @Test
  void whatIsThereByItsName_isMeant() throws IOException {
    files(
        "run[1]/a.csv",
        "run1/b.csv",
        "x{1,2}/c.csv",
        "x1/d.csv",
        "[a].csv",
        "s*r/e.csv",
        "back\\slash/f.csv");
    assertThat(list("run[1]/*"), contains("run[1]/a.csv"));
    assertThat(list("run?/*"), contains("run1/b.csv"));
    assertThat(list("x{1,2}/*"), contains("x{1,2}/c.csv"));
    assertThat(list("[a].csv"), contains("[a].csv"));
    assertThat(list("s*r/e.csv"), contains("s*r/e.csv"));
    assertThat(list("s\\*r/*"), contains("s*r/e.csv"));
    assertThat(list("back\\slash/*"), contains("back\\slash/f.csv"));
    assertThat(list("run\\[1\\]/*"), contains("run[1]/a.csv"));
  }

  @Test
  void spacesAroundAName_areItsOwnWhereAFileHasThem_andElseBetweenPatterns() throws IOException {
    files("a.csv ", "b.csv", " c.csv", "d .csv.gz ", "e /f.csv\t");
    assertThat(list("a.csv "), contains("a.csv "));
    assertThat(list("a.csv ," + directory + "/b.csv "), contains("a.csv ", "b.csv"));
    assertThat(list("b.csv ,  " + directory + "/ c.csv\n"), contains(" c.csv", "b.csv"));
    assertThat(list("e /*"), contains("e /f.csv\t"));
    List<InputFile> found = new InputFiles(directory + "/**", InputFormat.AUTO).list();
    assertThat(
        found.stream().map(InputFile::format).distinct().toList(), contains(InputFormat.CSV));
    assertThat(found.size(), is(5));
    // As another process gets it.
    InputFiles there = new InputFiles(directory + "/a.csv ", InputFormat.AUTO).absolute();
    assertThat(there.absolute().list().size(), is(1));
  }

  @Test
  void lineEndsInAName_hideNoFile() throws IOException {
    files("a\nb.csv", "c\rd/e.csv", "f\u2028g\u0085.csv");
    assertThat(list("**"), contains("a\nb.csv", "c\rd/e.csv", "f\u2028g\u0085.csv"));
    assertThat(list("*\nb.csv"), contains("a\nb.csv"));
    assertThat(list("**\nb.csv"), contains("a\nb.csv"));
    assertThrows(IllegalArgumentException.class, () -> list("**\rb.csv"));
  }

  @Test
  void hiddenAndTemporaryFiles_areLeftOut_unlessNamed() throws IOException {
    files(
        "t.csv",
        "._t.csv",
        "_SUCCESS.csv",
        ".ipynb_checkpoints/t.csv",
        "_temporary/0/t.csv",
        "__MACOSX/t.csv",
        "in/t.csv",
        "in/.x/t.csv");
    assertThat(list("**.csv"), contains("in/t.csv", "t.csv"));
    assertThat(list("*/*.csv"), contains("in/t.csv"));
    assertThat(list("_temporary/**.csv"), contains("_temporary/0/t.csv"));
    assertThat(list("**/.x/*.csv"), contains("in/.x/t.csv"));
    assertThat(list("_SUCCESS.csv"), contains("_SUCCESS.csv"));
    assertThat(list("._*"), contains("._t.csv"));
  }

  @Test
  void links_endAndGiveEachFileOnce() throws IOException {
    files("data/a.csv", "data/sub/b.csv", "other/c.csv");
    Files.createSymbolicLink(directory.resolve("data/latest"), Path.of("."));
    Files.createSymbolicLink(directory.resolve("data/sub/up"), Path.of(".."));
    Files.createSymbolicLink(directory.resolve("data/sub/other"), directory.resolve("other"));
    Files.createSymbolicLink(directory.resolve("data/0.csv"), Path.of("a.csv"));
    Files.createSymbolicLink(directory.resolve("other/back"), directory.resolve("data"));
    assertThat(list("data/**"), contains("data/a.csv", "data/sub/b.csv", "data/sub/other/c.csv"));
    assertThat(list("data/*.csv"), contains("data/a.csv"));
    assertThat(list("data/0.csv"), contains("data/0.csv"));
  }

  /** The environment has the job's keys, and would be in a dead letter as the row it is not. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void linksToWhatTheKernelShows_areNoDocuments() throws IOException {
    files("box/a.csv");
    Files.createSymbolicLink(directory.resolve("box/env.csv"), Path.of("/proc/self/environ"));
    Files.createSymbolicLink(directory.resolve("env.csv"), directory.resolve("box/env.csv"));
    Files.createSymbolicLink(directory.resolve("box/self"), Path.of("/proc/self"));
    assertThat(list("box/*.csv"), contains("box/a.csv"));
    assertThat(list("box/**"), contains("box/a.csv"));
    assertThrows(IllegalArgumentException.class, () -> list("box/*/exe"));
    assertThat(list("{env,box/a}.csv"), contains("box/a.csv"));
    assertThrows(IllegalArgumentException.class, () -> list("env.csv"));
  }

  @Test
  void aFolderThatOthersWriteTo_itsLinksDoNotLeadOut() throws IOException {
    files("box/a.csv", "box/sub/b.csv", "secret/s.csv");
    Files.createSymbolicLink(directory.resolve("box/s.csv"), directory.resolve("secret/s.csv"));
    Files.createSymbolicLink(directory.resolve("box/up"), directory.resolve("secret"));
    Files.createSymbolicLink(directory.resolve("box/in.csv"), Path.of("sub/b.csv"));
    Files.createSymbolicLink(directory.resolve("inbox"), directory.resolve("box"));
    for (String pattern : List.of("box/*.csv", "box/**.csv", "inbox/**", "inbox/../box/*.csv")) {
      InputFiles input = new InputFiles(directory + "/" + pattern, InputFormat.CSV);
      assertThat(pattern, leadingOut(input), empty());
      for (String out : leadingOut(input.stayingInside())) {
        assertThat(pattern, out, endsWith("/s.csv"));
      }
      assertThat(pattern, leadingOut(input.stayingInside()).isEmpty(), is(false));
    }
    assertThat(
        "a file that is named itself",
        leadingOut(new InputFiles(directory + "/box/s.csv", InputFormat.CSV).stayingInside()),
        empty());
  }

  /** Java cannot make such a file. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aNameThatCannotBeHad_isAMistake_andInAFolderThatOthersWriteToLeftOut() throws Exception {
    files("box/a.csv", "box/sub/b.csv");
    Process made =
        new ProcessBuilder(
                "sh", "-c", "echo x > \"$(printf 'bad\\377.csv')\"; mkdir \"$(printf 'd\\377')\"")
            .directory(directory.resolve("box").toFile())
            .start();
    assertThat(made.waitFor(), is(0));
    InputFiles input = new InputFiles(directory + "/box/**", InputFormat.CSV);
    String problem = assertThrows(IllegalArgumentException.class, input::list).getMessage();
    assertThat(problem, containsString("the name of "));
    List<String> unseen = new ArrayList<>();
    assertThat(
        input.look(unseen::add).stream().map(found -> found.file().name()).toList(),
        contains(endsWith("/a.csv"), endsWith("/b.csv")));
    assertThat(unseen, containsInAnyOrder(containsString("bad"), containsString("/box/d")));
  }

  private static List<String> leadingOut(InputFiles input) {
    return input.look(unseen -> {}).stream()
        .filter(InputFiles.Found::leadsOut)
        .map(found -> found.file().name())
        .toList();
  }

  @Test
  void whatAJobWrites_isNotItsInput() throws IOException {
    files(
        "box/a.jsonl",
        "box/out/results/r.jsonl",
        "box/out/dead-letter/d.jsonl",
        "box/out/ledger/part-1/l.jsonl",
        "box/out/summary.json",
        "box/out/own.jsonl",
        "box/books/part-1/l.jsonl");
    Files.createSymbolicLink(directory.resolve("box2"), directory.resolve("box"));
    OwnFiles own = new OutputPaths(directory + "/box/out").written(directory + "/box/books/");
    assertThat(list("box/**", own), contains("box/a.jsonl", "box/out/own.jsonl"));
    assertThat(list("box2/**", own), contains("box2/a.jsonl", "box2/out/own.jsonl"));
    assertThat(list("box/out/dead-letter/*.jsonl", own), contains("box/out/dead-letter/d.jsonl"));
    assertThat(
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> list("box/out/*/*.jsonl", own.withDeadLetters()))
                .getMessage()),
        containsString("no file matches"));
    for (String named : List.of("box/out/results/*", "box2/out/results/*", "box/books/**")) {
      assertThat(
          String.valueOf(
              assertThrows(IllegalArgumentException.class, () -> list(named, own)).getMessage()),
          containsString("is written by this job itself"));
    }
    assertThrows(
        IllegalArgumentException.class, () -> list("box/out/dead-letter/*", own.withDeadLetters()));
  }

  @Test
  void aPatternThatMatchesNothing_orIsNone() throws IOException {
    files("a.csv");
    for (String pattern : List.of("b.csv", "a.csv/x", "nowhere/*", "{a", "[a")) {
      assertThrows(IllegalArgumentException.class, () -> list(pattern));
    }
    assertThat(new InputFiles(directory + "/x*", InputFormat.CSV).look(unseen -> {}), empty());
    assertThat(list("a.csv"), containsInAnyOrder("a.csv"));
  }
}
