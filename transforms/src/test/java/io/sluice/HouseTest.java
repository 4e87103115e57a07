package io.sluice;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The plan of the house: what may know what. A provider is a room, and nothing outside of a room
 * knows what is in it, neither by a class nor by a name.
 */
class HouseTest {
  private static final String ROOMS = "io.sluice.internal.provider.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(
              location -> !location.contains("/test-classes/") && !location.contains("/test/"))
          .importPackages("io.sluice");

  /** Sources that no provider's name may be in, and those that have one all the same, with why. */
  private static final List<Path> SOURCES =
      List.of(Path.of("src/main/java"), Path.of("../pipeline/src/main/java"));

  private static final Map<String, String> MAY_NAME =
      Map.of(
          "ModelTask", "Provider.LOCAL is promised",
          "ProviderFields", "the kind of a task that names none",
          "SimulateVerb", "its help says which formats the rehearsal speaks");

  /** The rehearsal's wires are providers of their own. */
  private static final Pattern REHEARSAL = Pattern.compile(".*/simulate/.*");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?<!:)//[^\\n]*");

  private static Set<String> rooms() {
    Set<String> rooms = new TreeSet<>();
    for (JavaClass one : CLASSES) {
      if (one.getPackageName().startsWith(ROOMS)) {
        rooms.add(one.getPackageName().substring(ROOMS.length()));
      }
    }
    return rooms;
  }

  @Test
  void thereAreRooms() {
    assertThat(rooms(), containsInAnyOrder("openai", "anthropic", "gemini", "mistral", "local"));
  }

  @Test
  void nothingOutsideOfARoomKnowsAClassInIt() {
    for (String room : rooms()) {
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOMS + room + "..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOMS + room + "..")
          .because("a provider is found by ServiceLoader")
          .check(CLASSES);
    }
  }

  @Test
  void whatAProviderImplementsKnowsNothingInternal() {
    noClasses()
        .that()
        .resideInAPackage("io.sluice.spi..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.sluice.internal..")
        .check(CLASSES);
  }

  @Test
  void sharedHttpKnowsWhatProvidersImplementAndNothingElse() {
    noClasses()
        .that()
        .resideInAPackage("io.sluice.internal.http..")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage("io.sluice.internal..")
                .and(JavaClass.Predicates.resideOutsideOfPackage("io.sluice.internal.http.."))
                .and(JavaClass.Predicates.resideOutsideOfPackage("io.sluice.internal.text..")))
        .check(CLASSES);
  }

  /** So that it can become an artifact of its own. */
  @Test
  void theModelInProcessIsKnownInItsRoomOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOMS + "local..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.langchain4j..")
        .check(CLASSES);
  }

  /** The package of the promised classes is apart: they lead in, and are known everywhere. */
  @Test
  void packagesFormNoCircle() {
    slices().matching("io.sluice.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void noSourceOutsideOfARoomNamesAProvider() throws IOException {
    Pattern named =
        Pattern.compile(
            "\"(?:"
                + String.join("|", rooms())
                + ")\"|\\b(?:OpenAi|Anthropic)\\w*"
                + "|\\bLocal(?:Provider|Caller|Model|Requests|Tokens)\\b",
            Pattern.MULTILINE);
    List<String> found = new ArrayList<>();
    Set<String> excused = new TreeSet<>();
    for (Path sources : SOURCES) {
      try (Stream<Path> files = Files.walk(sources)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          if (isRoom(file) || REHEARSAL.matcher(file.toString()).matches()) {
            continue;
          }
          Matcher names = named.matcher(COMMENT.matcher(Files.readString(file)).replaceAll(""));
          if (names.find() && !(MAY_NAME.containsKey(name) && excused.add(name))) {
            found.add(file + ": " + names.group());
          }
        }
      }
    }
    assertThat("move it into the provider's room, or say in MAY_NAME why not", found, empty());
    assertThat("what no longer needs an excuse", excused, is(MAY_NAME.keySet()));
  }

  private static boolean isRoom(Path file) {
    return rooms().stream().anyMatch(room -> file.toString().contains("/provider/" + room + "/"));
  }
}
