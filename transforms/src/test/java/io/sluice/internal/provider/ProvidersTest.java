package io.sluice.internal.provider;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.sameInstance;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.parrot.ParrotProvider;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvidersTest {
  private static final String SERVICES = "META-INF/services/io.sluice.spi.ModelProvider";

  @TempDir Path directory;

  /** A provider of a job's author. */
  public static final class Other extends Relay {
    @Override
    public String kind() {
      return "other";
    }
  }

  /** A second one of a kind that there is. */
  public static final class Double extends Relay {
    @Override
    public String kind() {
      return "openai";
    }
  }

  /** A provider that cannot be made. */
  public static final class Broken extends Relay {
    public Broken() {
      throw new IllegalStateException("no such machine");
    }

    @Override
    public String kind() {
      return "broken";
    }
  }

  /** Lets another provider do the work. */
  abstract static class Relay implements ModelProvider {
    private final ModelProvider real = new ParrotProvider();

    @Override
    public Defaults defaults() {
      return real.defaults();
    }

    @Override
    public List<String> problems(ModelTask task, ObjectNode parameters) {
      return real.problems(task, parameters);
    }

    @Override
    public RequestWriter requests(ModelTask task, ObjectNode parameters) {
      return real.requests(task, parameters);
    }

    @Override
    public TokenCounter tokens(String model) {
      return real.tokens(model);
    }

    @Override
    public Caller open(Connection connection) {
      return real.open(connection);
    }
  }

  /** A loader as a runner has it for a job: it sees what is shared, and names more providers. */
  private URLClassLoader loader(Class<?>... providers) throws IOException {
    StringBuilder names = new StringBuilder();
    for (Class<?> provider : providers) {
      names.append(provider.getName()).append('\n');
    }
    Path file = directory.resolve(SERVICES);
    Files.createDirectories(file.getParent());
    Files.writeString(file, names);
    return new URLClassLoader(
        new URL[] {directory.toUri().toURL()}, ModelProvider.class.getClassLoader());
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void with(ClassLoader loader, Step step) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      step.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void kinds_areFoundWhateverTheThreadsLoader() throws Exception {
    for (ClassLoader loader : new ClassLoader[] {null, ClassLoader.getPlatformClassLoader()}) {
      with(
          loader,
          () -> {
            assertThat(Providers.kinds(), hasItems("openai", "anthropic", "local", "parrot"));
            assertThat(Providers.of("openai"), sameInstance(Providers.of("openai")));
          });
    }
  }

  @Test
  void provider_thatOnlyTheThreadsLoaderNames_isFound() throws Exception {
    try (URLClassLoader job = loader(Other.class)) {
      with(
          job,
          () -> {
            assertThat(Providers.of("other"), is(instanceOf(Other.class)));
            assertThat(Providers.kinds(), hasItems("other", "openai"));
          });
    }
    assertThat(Providers.kinds(), not(hasItems("other")));
  }

  @Test
  void brokenProvider_hidesNoOther_andIsSaid() throws Exception {
    try (URLClassLoader job = loader(Broken.class, Other.class)) {
      with(
          job,
          () -> {
            assertThat(Providers.of("other"), is(instanceOf(Other.class)));
            IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Providers.of("broken"));
            assertThat(e.getMessage(), containsString("Could not be loaded"));
            assertThat(e.getMessage(), containsString("Broken"));
          });
    }
  }

  @Test
  void ofTwoOfAKind_theFirstCounts() throws Exception {
    try (URLClassLoader job = loader(Double.class)) {
      with(job, () -> assertThat(Providers.of("openai"), not(instanceOf(Double.class))));
    }
  }

  /** A loader that keeps a copy of the classes for itself, as Flink's for user code may. */
  @Test
  void providersOfAnotherCopy_areNone_andHideNoOther() throws Exception {
    URL classes = ModelProvider.class.getProtectionDomain().getCodeSource().getLocation();
    URL tests = ProvidersTest.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader job =
        new URLClassLoader(new URL[] {tests, classes}, ClassLoader.getPlatformClassLoader())) {
      with(
          job,
          () -> {
            assertThat(Providers.of("openai").kind(), is("openai"));
            assertThat(Providers.find(job).byKind(), is(Map.of()));
            assertThat(Providers.find(job).failures().isEmpty(), is(false));
          });
    }
  }

  @Test
  void unknownKind_listsThoseThatThereAre_whereverItIsNamed() {
    String known = "openai, anthropic, local";
    assertThat(
        assertThrows(IllegalArgumentException.class, () -> Provider.of("opnai")).getMessage(),
        containsString("no provider of kind \"opnai\"; expected one of "));
    assertThat(
        assertThrows(IllegalArgumentException.class, () -> Provider.of("opnai")).getMessage(),
        containsString(known));
    Provider unknown =
        new Provider("opnai", "http://h", KeySource.NONE, "Authorization", Map.of(), Map.of());
    ModelTask task = ModelTask.of("t", unknown, "m", new Prompt(null, "{{text}}"));
    assertThat(
        assertThrows(IllegalArgumentException.class, () -> new RequestBuilder(task)).getMessage(),
        containsString(known));
  }

  @Test
  void shortForms_fillInWhatIsTheKinds() {
    assertThat(
        Provider.of("openai"),
        is(
            new Provider(
                "openai",
                "https://api.openai.com/v1",
                new KeySource("OPENAI_API_KEY", null),
                "Authorization",
                Map.of(),
                Map.of())));
    assertThat(Provider.of("anthropic", "http://h", KeySource.NONE).authHeader(), is("x-api-key"));
    assertThat(Provider.of("local"), is(Provider.LOCAL));
  }
}
