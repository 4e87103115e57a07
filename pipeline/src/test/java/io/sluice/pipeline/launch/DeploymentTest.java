package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.sluice.pipeline.cli.Hoarder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What starts the job gives it no more rights than it needs, and passes no value through a shell.
 */
class DeploymentTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Path SCRIPTS = Path.of("../scripts");

  @TempDir Path directory;

  private static JsonNode yaml(String name) throws IOException {
    return YAML.readTree(SCRIPTS.resolve(name).toFile());
  }

  private static void assertClosed(JsonNode pod, JsonNode container) {
    assertThat(pod.path("runAsNonRoot").asBoolean(), is(true));
    assertThat(pod.path("runAsUser").asInt() > 0, is(true));
    assertThat(pod.path("seccompProfile").path("type").asText(), is("RuntimeDefault"));
    JsonNode context = container.path("securityContext");
    assertThat(context.path("allowPrivilegeEscalation").asBoolean(true), is(false));
    assertThat(context.path("readOnlyRootFilesystem").asBoolean(), is(true));
    assertThat(context.path("capabilities").path("drop").path(0).asText(), is("ALL"));
  }

  @Test
  void argo_startsTheJobItself_withoutRights() throws IOException {
    JsonNode spec = yaml("argo/sluice.yaml").at("/spec/workflowSpec");
    JsonNode container = spec.at("/templates/1/container");
    assertClosed(spec.path("securityContext"), container);
    assertThat(spec.path("automountServiceAccountToken").asBoolean(true), is(false));
    assertThat(container.path("image").asText(), matchesPattern(".*@sha256:.*"));
    assertThat(container.at("/resources/limits/memory").isTextual(), is(true));
    assertThat(container.at("/resources/limits/cpu").isTextual(), is(true));
    assertThat(container.path("command"), is(YAML.readTree("[java]")));
    List<String> args = new ArrayList<>();
    container.path("args").forEach(arg -> args.add(arg.asText()));
    assertThat(args, hasItem("--input={{inputs.parameters.input}}"));
    List<String> flags = args.subList(args.indexOf("run") + 1, args.size());
    RunFlags run = new RunFlags();
    assertThat(run.parse(flags, System.out), is(true));
    assertThat(run.runner.beamFlags().isEmpty(), is(true));
  }

  @Test
  void kubernetes_givesNoRights() throws IOException {
    List<JsonNode> documents =
        YAML.readerFor(JsonNode.class)
            .<JsonNode>readValues(SCRIPTS.resolve("flink-kubernetes.yaml").toFile())
            .readAll();
    JsonNode spec =
        documents.stream()
            .filter(document -> document.path("kind").asText().equals("FlinkDeployment"))
            .findFirst()
            .orElseThrow()
            .path("spec");
    JsonNode pod = spec.at("/podTemplate/spec");
    assertClosed(pod.path("securityContext"), pod.at("/containers/0"));
    assertThat(spec.path("image").asText(), matchesPattern(".*@sha256:.*"));
    assertThat(
        documents.stream().map(document -> document.path("kind").asText()).toList(),
        hasItem("NetworkPolicy"));
  }

  @Test
  void nothing_hasAShellBetween() throws IOException {
    try (Stream<Path> files = Files.walk(SCRIPTS)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        assertThat(file.toString(), Files.readString(file), not(containsString("[sh,")));
      }
    }
  }

  @Test
  void dockerfiles_areNotRoots_andNameNoTag() throws IOException {
    List<String> own = Files.readAllLines(SCRIPTS.resolve("docker/Dockerfile"));
    assertThat(own, hasItem(startsWith("USER 10001")));
    for (String name : List.of("docker/Dockerfile", "dataflow/Dockerfile")) {
      for (String line : Files.readAllLines(SCRIPTS.resolve(name))) {
        if (line.startsWith("FROM ")) {
          assertThat(line, matchesPattern("FROM \\$\\{[A-Z]+}"));
        }
        if (line.startsWith("COPY ")) {
          assertThat(line, containsString("--chmod=0444"));
        }
      }
    }
  }

  @Test
  void systemd_closesAllThatTheJobDoesNotNeed() throws IOException {
    List<String> unit = Files.readAllLines(SCRIPTS.resolve("systemd/sluice@.service"));
    for (String line :
        List.of(
            "User=sluice",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "PrivateTmp=yes",
            "CapabilityBoundingSet=",
            "SystemCallFilter=@system-service",
            "RestrictNamespaces=yes",
            "UMask=0077")) {
      assertThat(unit, hasItem(line));
    }
    assertThat(unit, hasItem(startsWith("MemoryMax=")));
    assertThat(String.join("\n", unit), not(containsString("sh -c")));
  }

  // --- scripts/sluice --------------------------------------------------------------------------

  /** The launcher in a directory of its own, with a {@code java} that says how it was started. */
  private List<String> launched(String... args) throws Exception {
    Path root = Files.createDirectories(directory.resolve("with space"));
    Path scripts = Files.createDirectories(root.resolve("scripts"));
    Path script = scripts.resolve("sluice");
    Files.copy(SCRIPTS.resolve("sluice"), script);
    for (String module : List.of("transforms", "local", "pipeline", "simulate")) {
      Files.createDirectories(root.resolve(module + "/src/main"));
      Files.writeString(root.resolve(module + "/pom.xml"), "<project/>");
    }
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Path jar = root.resolve("pipeline/target/sluice.jar");
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "");
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path java = bin.resolve("java");
    Files.writeString(java, "#!/bin/sh\numask\nfor arg in \"$@\"; do echo \"$arg\"; done\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new ArrayList<>(List.of("bash", script.toString()));
    command.addAll(Arrays.asList(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("PATH", bin + ":" + environment.get("PATH"));
    environment.remove("SLUICE_JAVA_OPTS");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said, process.waitFor(), is(0));
    return said.lines().toList();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void theLauncher_endsAJobThatIsOutOfMemory() throws Exception {
    List<String> said = launched("run", "--input=a b;c");
    assertThat(said, hasItem(startsWith("-XX:OnOutOfMemoryError=(mkdir ")));
    assertThat(said, hasItem(startsWith("-Dsluice.memory=")));
    assertThat(said, hasItem("--input=a b;c"));
    assertThat(said.get(0), is(not("0077")));
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void private_isAUmask() throws Exception {
    assertThat(launched("run", "--private").get(0), is("0077"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aJobThatIsOutOfMemory_saysInALineWhatToDo_andIsNoBudget() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    launched("run").stream()
        .filter(arg -> arg.startsWith("-XX:") || arg.startsWith("-Dsluice."))
        .forEach(command::add);
    command.addAll(
        List.of("-Xmx64m", "-cp", System.getProperty("java.class.path"), Hoarder.class.getName()));
    Process process = new ProcessBuilder(command).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(err, process.waitFor(), is(1));
    assertThat(out, is(""));
    assertThat(err.lines().toList(), hasSize(1));
    assertThat(
        err,
        allOf(
            containsString("out of memory"),
            containsString("SLUICE_JAVA_OPTS=-Xmx4g, and run the same command again")));
  }

  /** One that is not there was complained of with every run. */
  @Test
  void theLauncherLooksAtSourcesThatAreThere() throws IOException {
    Matcher source =
        Pattern.compile("\"\\$root/([^\"]*(?:pom\\.xml|src/main))\"")
            .matcher(Files.readString(SCRIPTS.resolve("sluice")));
    List<String> missing = new ArrayList<>();
    int sources = 0;
    while (source.find()) {
      sources++;
      if (!Files.exists(SCRIPTS.resolveSibling(source.group(1)))) {
        missing.add(source.group(1));
      }
    }
    assertThat(sources, is(greaterThan(5)));
    assertThat(missing, is(empty()));
  }
}
