package io.sluice.pipeline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The plan of the house: which package may know which, and how large a thing may be. */
class HouseTest {
  private static final int MOST_LINES_OF_A_FILE = 450;
  private static final int MOST_LINES_OF_A_PACKAGE = 2_500;
  private static final int MOST_PARAMETERS = 6;

  private static final List<Path> SOURCES =
      List.of(
          Path.of("../transforms/src/main/java"),
          Path.of("../simulate/src/main/java"),
          Path.of("src/main/java"));

  /** Of the library and of simulate, too. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(
              location -> !location.contains("/test-classes/") && !location.contains("/test/"))
          .importPackages("io.sluice");

  private static boolean isPipeline(JavaClass one) {
    return one.getPackageName().startsWith("io.sluice.pipeline");
  }

  private static JavaClasses pipeline() {
    return CLASSES.that(DescribedPredicate.describe("pipeline", HouseTest::isPipeline));
  }

  @Test
  void packagesFormNoCircle() {
    slices().matching("io.sluice.(**)").should().beFreeOfCycles().check(pipeline());
  }

  @Test
  void anEstimateKnowsNothingOfLaunching() {
    noClasses()
        .that()
        .resideInAPackage("io.sluice.pipeline.estimate..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.sluice.pipeline.launch..")
        .check(pipeline());
  }

  @Test
  void theRehearsalIsKnownAsAVerbAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.sluice.pipeline.cli")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.sluice.simulate..")
        .check(pipeline());
  }

  @Test
  void noFileAndNoPackageIsTooLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    Map<String, Long> packages = new TreeMap<>();
    for (Path sources : SOURCES) {
      try (Stream<Path> files = Files.walk(sources)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          long lines = Files.readAllLines(file).size();
          String name = String.valueOf(sources.relativize(file).getParent());
          packages.merge(name, lines, Long::sum);
          if (lines > MOST_LINES_OF_A_FILE) {
            tooLong.add(file + ": " + lines + " lines");
          }
        }
      }
    }
    packages.forEach(
        (name, lines) -> {
          if (lines > MOST_LINES_OF_A_PACKAGE) {
            tooLong.add(name + ": " + lines + " lines");
          }
        });
    assertThat("sources were found", packages.size(), greaterThan(20));
    assertThat("part it", tooLong, empty());
  }

  @Test
  void noConstructorHasTooManyParameters() {
    List<String> tooMany = new ArrayList<>();
    int seen = 0;
    for (JavaClass one : CLASSES) {
      if (one.isRecord() || one.isAnonymousClass() || one.isLocalClass()) {
        continue;
      }
      for (JavaConstructor constructor : one.getConstructors()) {
        seen++;
        int parameters = parameters(one, constructor);
        if (parameters > MOST_PARAMETERS) {
          tooMany.add(one.getName() + ": " + parameters + " parameters");
        }
      }
    }
    assertThat("constructors were found", seen, greaterThan(200));
    assertThat("make a record of some that belong together", tooMany, empty());
  }

  /** As they are in the source: the compiler adds an enum's name and place, and an outer object. */
  private static int parameters(JavaClass one, JavaConstructor constructor) {
    int all = constructor.getRawParameterTypes().size();
    if (one.isEnum()) {
      return all - 2;
    }
    boolean inner = one.isMemberClass() && !one.getModifiers().contains(JavaModifier.STATIC);
    return inner ? all - 1 : all;
  }
}
