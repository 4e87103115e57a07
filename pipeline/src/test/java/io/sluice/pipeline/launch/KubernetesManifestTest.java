package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.sluice.pipeline.task.TaskFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** {@code scripts/flink-kubernetes.yaml} against the operator's own definition of its resource. */
class KubernetesManifestTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Path MANIFEST = Path.of("../scripts/flink-kubernetes.yaml");

  private static List<JsonNode> documents() throws IOException {
    return YAML.readerFor(JsonNode.class).<JsonNode>readValues(MANIFEST.toFile()).readAll();
  }

  private static JsonNode deployment() throws IOException {
    return documents().stream()
        .filter(document -> document.path("kind").asText().equals("FlinkDeployment"))
        .findFirst()
        .orElseThrow();
  }

  /** The schema of the operator's API jar; a field that it does not know is a mistake here. */
  private static Schema schema() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            KubernetesManifestTest.class.getResourceAsStream(
                "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"))) {
      JsonNode version = YAML.readTree(in).path("spec").path("versions").path(0);
      assertThat(version.path("name").asText(), is("v1beta1"));
      ObjectNode spec =
          version.path("schema").path("openAPIV3Schema").path("properties").withObject("/spec");
      close(spec);
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7).getSchema(spec);
    }
  }

  /** Kubernetes drops what a definition does not name, without a word. */
  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.path("properties").isObject()
        && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      object.put("additionalProperties", false);
    }
    schema.forEach(KubernetesManifestTest::close);
  }

  @Test
  void theDeployment_isAsTheOperatorDefinesIt() throws IOException {
    List<Error> problems = schema().validate(deployment().path("spec"));

    assertThat(problems, is(empty()));
  }

  @Test
  void aMistypedField_isNoticed() throws IOException {
    ObjectNode spec = (ObjectNode) deployment().path("spec");
    spec.withObject("/job").put("upgradeMod", "savepoint").put("parallelism", "four");

    assertThat(schema().validate(spec), hasSize(2));
  }

  @Test
  void theArguments_areFlagsOfRun_andTheTaskIsOne() throws Exception {
    List<String> args = new ArrayList<>();
    deployment().path("spec").path("job").path("args").forEach(arg -> args.add(arg.asText()));
    RunFlags flags = new RunFlags();
    assertThat(flags.parse(args, System.out), is(true));
    assertThat(flags.runner.beamFlags(), is(empty()));
    assertThat(flags.job.output(), is("/data/out"));

    String task = documents().get(0).path("data").path("task.yaml").asText();
    assertThat(TaskFile.parse("task.yaml", task, name -> null).task().name(), is("ticket-topics"));
  }

  @Test
  void theKey_comesFromASecret() throws IOException {
    JsonNode env = deployment().at("/spec/podTemplate/spec/containers/0/env/0");
    assertThat(
        env.path("valueFrom").path("secretKeyRef").path("key").asText(), is("OPENAI_API_KEY"));
    assertThat(env.has("value"), is(false));
    assertThat(Files.readString(MANIFEST), not(containsString("sk-")));
  }
}
