package io.sluice.internal.provider.local;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.internal.temporary.TemporaryFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OnnxLibrariesTest {
  @Test
  void inAProcessOfOurOwn_theyLieWhereTheyGoWithIt() throws IOException {
    Path own = TemporaryFiles.own();
    OnnxLibraries.unpack();
    Path directory = Path.of(System.getProperty("onnxruntime.native.path"));
    assertThat(directory.getParent(), is(own));
    for (String name : new String[] {"onnxruntime", "onnxruntime4j_jni"}) {
      Path library = directory.resolve(System.mapLibraryName(name));
      assertThat(library.toString(), Files.size(library) > 10_000, is(true));
    }
  }
}
