package io.sluice.simulate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan of the house: a provider's wire is a package, which the others do not know. */
class HouseTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(
              location -> !location.contains("/test-classes/") && !location.contains("/test/"))
          .importPackages("io.sluice.simulate");

  @Test
  void packagesFormNoCircle() {
    slices().matching("io.sluice.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void nothingOutsideOfAProvidersPackageKnowsAClassInIt(String provider) {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.sluice.simulate." + provider + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.sluice.simulate." + provider + "..")
        .because("it is found by ServiceLoader")
        .check(CLASSES);
  }
}
