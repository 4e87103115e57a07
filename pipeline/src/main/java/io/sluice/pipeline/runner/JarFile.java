package io.sluice.pipeline.runner;

import io.sluice.pipeline.flags.UsageException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;

/** The jar that this program runs from, for clusters to run it too. */
final class JarFile {
  private JarFile() {}

  static String bundled() {
    CodeSource source = JarFile.class.getProtectionDomain().getCodeSource();
    try {
      String file = source == null ? "" : Path.of(source.getLocation().toURI()).toString();
      if (file.endsWith(".jar")) {
        return file;
      }
    } catch (URISyntaxException e) {
      // Reported below: there is no jar to stage.
    }
    throw new UsageException(
        "--flinkMaster: a cluster needs the bundled jar; start with scripts/sluice or java -jar"
            + " sluice.jar, or say --filesToStage=JAR");
  }
}
