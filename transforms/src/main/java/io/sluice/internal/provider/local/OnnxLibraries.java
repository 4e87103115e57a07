package io.sluice.internal.provider.local;

import ai.onnxruntime.OrtEnvironment;
import io.sluice.internal.temporary.TemporaryFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/**
 * The runtime's native libraries, unpacked where they go with the process. Left to itself it leaves
 * an empty directory behind, and 16 MB where the process is killed.
 */
final class OnnxLibraries {
  /** Where the runtime looks for them before it unpacks its own. */
  private static final String PLACE = "onnxruntime.native.path";

  private static final List<String> NAMES = List.of("onnxruntime", "onnxruntime4j_jni");

  private OnnxLibraries() {}

  /** Before the runtime is loaded. What cannot be unpacked here is left to it. */
  static synchronized void unpack() {
    if (!TemporaryFiles.areOwn() || System.getProperty(PLACE) != null) {
      return;
    }
    try {
      Path directory = TemporaryFiles.createDirectory("onnxruntime");
      String from = "/ai/onnxruntime/native/" + platform() + "/";
      for (String name : NAMES) {
        String file = System.mapLibraryName(name);
        try (InputStream in = OrtEnvironment.class.getResourceAsStream(from + file)) {
          if (in == null) {
            return;
          }
          Files.copy(in, directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      System.setProperty(PLACE, directory.toString());
    } catch (IOException e) {
      // The runtime tries it once more, and says why it cannot.
    }
  }

  /** As the runtime's jar names it. */
  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String name = os.contains("mac") ? "osx" : os.contains("win") ? "win" : "linux";
    return name + (System.getProperty("os.arch").equals("aarch64") ? "-aarch64" : "-x64");
  }
}
