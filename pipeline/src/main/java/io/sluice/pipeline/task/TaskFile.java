package io.sluice.pipeline.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Fallback;
import io.sluice.Fallback.Cause;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Chunk;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Retry;
import io.sluice.Step;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.pipeline.input.DocumentFields;
import io.sluice.pipeline.input.text.TextForm;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.table.TableTask;
import io.sluice.pipeline.table.TableTask.Answers;
import io.sluice.spi.ModelProvider;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Reads a task file: YAML, strict, all mistakes at once. {@code ${NAME}} in a value is replaced
 * from the environment of the launcher, except where a key's place is named.
 */
public final class TaskFile {
  /** Guides to flex processing: one to fifteen minutes. */
  static final Duration FLEX_TIMEOUT = Duration.ofMinutes(15);

  /** Where another model answers meanwhile, a provider that is away is not waited for so long. */
  private static final Duration OUTAGE_WITH_FALLBACK = Duration.ofMinutes(1);

  private final Section root;
  private final Problems problems;

  /** What quota keys may spend, by name. */
  private final Map<String, BigDecimal> keyBudgets = new HashMap<>();

  private OutputFormat format = OutputFormat.JSONL;
  private TableTask table = TableTask.PLAIN;

  private TaskFile(Section root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /** As below, of a file's bytes. */
  public static JobTask parse(String file, byte[] yaml, Function<String, @Nullable String> env)
      throws TaskFileException {
    return parse(file, TaskYaml.decode(file, yaml), env);
  }

  /**
   * @param file the name that problems begin with
   * @throws TaskFileException with every problem, each with file and line
   */
  public static JobTask parse(String file, String yaml, Function<String, @Nullable String> env)
      throws TaskFileException {
    Problems problems = new Problems(file);
    Node node = TaskYaml.compose(problems, yaml);
    if (!(node instanceof MappingNode)) {
      problems.add(1, "expected a task: fields such as name, provider, model and prompt");
      throw problems.exception(null);
    }
    JobTask task = new TaskFile(new Section("", node, 1, problems, env), problems).read();
    if (!problems.isEmpty()) {
      throw problems.exception(task);
    }
    return task;
  }

  /**
   * The paths of all fields that a task may have; {@code NAME} stands for a quota key's or a
   * model's, and what a step or a fallback has of its own provider, quota and price is one field.
   */
  static SortedSet<String> fieldPaths() {
    Problems problems = new Problems("");
    for (String yaml :
        List.of(
            "quota: {keys: {NAME: {}}, models: {NAME: {}}}",
            "steps: [{when: {STEP: []}}]",
            "fallback: {models: [{}]}")) {
      Node node = new Yaml().compose(new StringReader(yaml));
      new TaskFile(new Section("", node, 1, problems, name -> null), problems).read();
    }
    SortedSet<String> fields = new TreeSet<>();
    for (String path : problems.known()) {
      if (problems.known().stream().noneMatch(p -> p.startsWith(path + "."))) {
        fields.add(
            path.replace("steps.1.", "steps.N.")
                .replaceFirst("models\\.1\\.(provider|quota|price)\\..*", "models.1.$1")
                .replaceFirst("(steps\\.N\\.price)\\..*", "$1")
                .replace("models.1.", "models.N."));
      }
    }
    return fields;
  }

  private JobTask read() {
    String name = root.required("name", "letters, digits and dashes, such as ticket-topics");
    if (!name.isEmpty() && !name.matches("[a-z0-9-]+")) {
      root.problem("name", "expected lower-case letters, digits and dashes, got \"" + name + "\"");
    }
    Section providerSection = root.section("provider");
    ModelProvider asked = ProviderFields.asked(providerSection);
    OwnFields own = new OwnFields(asked);
    DeliveryFields delivery = DeliveryFields.read(root, providerSection, asked, own);
    Section quotaSection = root.section("quota");
    own.read(quotaSection, "quota");
    Provider provider = ProviderFields.read(providerSection, asked, own);
    String usual = asked.defaults().model();
    String model =
        usual == null ? root.required("model", "the model's name") : root.text("model", usual);
    Operation operation = root.choice("operation", Operation.class, Operation.CHAT);
    DocumentFields fields = fields();
    List<Section> stepSections = root.sections("steps", "steps", "");
    List<Step> steps = StepFields.read(root, stepSections, asked);
    Fallback fallback = FallbackFields.read(root, asked);
    Prompt prompt =
        steps.isEmpty() ? prompt(asked.runsInProcess(), operation, fields) : steps.get(0).prompt();
    ObjectNode parameters = root.json("parameters");
    Output output = output(operation);
    ModelTask task =
        new ModelTask(
            name,
            provider,
            model,
            operation,
            prompt,
            parameters == null ? "{}" : parameters.toString(),
            output,
            QuotaFields.read(quotaSection, keyBudgets),
            chunk(),
            retry(provider, fallback),
            delivery.delivery(),
            steps,
            fallback,
            null);
    task = PromptFields.limited(task);
    task = CascadeFields.read(root, task, problems);
    if (steps.isEmpty()) {
      RequestBuilder.validate(task).forEach(problems::addWhereNamed);
    } else {
      StepFields.check(task, problems);
    }
    FallbackFields.check(task, problems);
    Section budget = root.section("budget");
    BigDecimal usd = budget.decimal("usd");
    budget.close();
    Price price = PriceFields.read(root, asked);
    Section failure = root.section("failure");
    BigDecimal rate = failure.share("maxRate");
    if (rate != null && rate.compareTo(BigDecimal.ONE) > 0) {
      failure.problem("maxRate", "expected a share from 0 to 1, such as 0.05");
    }
    failure.close();
    root.close();
    return new JobTask(
        task,
        fields,
        new Caps(usd, keyBudgets),
        rate == null ? 1 : rate.doubleValue(),
        format,
        table,
        price,
        delivery.autoDeadline(),
        problems.places());
  }

  private DocumentFields fields() {
    Section section = root.section("document");
    DocumentFields fields =
        new DocumentFields(
            section.text("id"), section.text("text", "text"), section.text("key"), form());
    section.close();
    return fields;
  }

  private TextForm form() {
    Section section = root.section("input");
    String encoding = section.text("encoding");
    if (encoding != null && !isCharset(encoding)) {
      section.problem(
          "encoding",
          "expected an encoding's name, such as windows-1252, utf-16 or shift_jis, got \""
              + encoding
              + "\"");
      encoding = null;
    }
    String delimiter = section.text("delimiter");
    Character separator = null;
    if (delimiter != null) {
      separator =
          delimiter.equals("tab") || delimiter.equals("\\t")
              ? (Character) '\t'
              : delimiter.length() == 1 && "\"\r\n".indexOf(delimiter.charAt(0)) < 0
                  ? (Character) delimiter.charAt(0)
                  : null;
      if (separator == null) {
        section.problem(
            "delimiter",
            "expected one character, such as \";\", or tab, got \"" + delimiter + "\"");
      }
    }
    section.close();
    return new TextForm(encoding, separator);
  }

  private static boolean isCharset(String name) {
    try {
      return Charset.isSupported(name);
    } catch (IllegalCharsetNameException e) {
      return false;
    }
  }

  private Prompt prompt(boolean inProcess, Operation operation, DocumentFields fields) {
    Section section = root.section("prompt");
    boolean embeds = inProcess || operation == Operation.EMBED;
    return PromptFields.read(section, embeds ? "{{" + fields.text() + "}}" : null);
  }

  private Output output(Operation operation) {
    Section section = root.section("output");
    OutputType type = section.choice("type", OutputType.class, OutputType.TEXT);
    List<String> labels = section.texts("labels");
    ObjectNode schema = section.json("schema");
    boolean includeDocument = document(section);
    format = section.choice("format", OutputFormat.class, OutputFormat.JSONL);
    if (root.has("steps")) {
      for (String name : List.of("type", "labels", "schema")) {
        if (section.has(name)) {
          section.problem(name, "each step has an output of its own; leave this one out");
        }
      }
    }
    if (operation == Operation.EMBED && section.has("type")) {
      section.problem("type", "an embedding is an array of numbers; leave it out");
    } else if (type == OutputType.LABEL) {
      AnswerJudge.validateLabels(labels).forEach(problems::addWhereNamed);
    }
    if (type != OutputType.LABEL && !labels.isEmpty()) {
      section.problem("labels", "belongs to type: label");
    }
    if (schema != null && type != OutputType.JSON) {
      section.problem("schema", "belongs to type: json");
    } else if (schema != null) {
      AnswerJudge.validateWholly(schema.toString()).forEach(problems::addWhereNamed);
    }
    answers(section, type, schema);
    section.close();
    if (root.has("steps")) {
      return new Output(OutputType.JSON, List.of(), null, includeDocument);
    }
    return new Output(type, labels, schema == null ? null : schema.toString(), includeDocument);
  }

  /** Whether documents come back; which of their columns, is noted. */
  private boolean document(Section section) {
    if (!section.isList("includeDocument")) {
      return section.flag("includeDocument");
    }
    List<String> columns = section.texts("includeDocument");
    if (columns.isEmpty() || columns.contains("")) {
      section.problem(
          "includeDocument",
          "expected true, false or names of columns, such as [product_id, stars]");
    }
    for (String twice : TableTask.twice(columns)) {
      section.problem("includeDocument", "names '" + twice + "' twice");
    }
    table = new TableTask(columns, table.answer(), table.types());
    return !columns.isEmpty();
  }

  private enum Columns {
    TYPED,
    JSON
  }

  private void answers(Section section, OutputType type, @Nullable ObjectNode schema) {
    Columns columns = section.choice("columns", Columns.class, Columns.JSON);
    if (!section.has("columns")) {
      return;
    }
    if (type != OutputType.JSON || schema == null) {
      section.problem("columns", "belongs to type: json with a schema");
    } else if (columns == Columns.TYPED) {
      for (String open : Table.withoutType(schema.toString())) {
        section.problem(
            "columns",
            open + ": no column has a type for it; change the schema there, or leave this out");
      }
    }
    table =
        new TableTask(
            table.document(),
            columns == Columns.TYPED ? Answers.TYPED : Answers.JSON,
            table.types());
  }

  private Chunk chunk() {
    Section section = root.section("chunk");
    Chunk chunk =
        new Chunk(
            (int) Math.min(100_000, section.wholeNumber("documents", Chunk.DEFAULT.documents())),
            section.duration("maxDelay", Chunk.DEFAULT.maxDelay()));
    section.close();
    return chunk;
  }

  /**
   * Where no time is given, a flexible tier has as much as its providers advise, and an outage less
   * where there is a fallback for it.
   */
  private Retry retry(Provider provider, Fallback fallback) {
    Section section = root.section("retry");
    Duration outage =
        fallback.on().contains(Cause.OUTAGE) ? OUTAGE_WITH_FALLBACK : Retry.DEFAULT.outage();
    Duration timeout =
        provider.service().tier() == Tier.FLEX ? FLEX_TIMEOUT : Retry.DEFAULT.timeout();
    Retry retry =
        new Retry(
            (int) Math.min(100, section.wholeNumber("maxAttempts", Retry.DEFAULT.maxAttempts())),
            section.duration("timeout", timeout),
            section.duration("outage", outage),
            section.flag("withReason", Retry.DEFAULT.withReason()));
    section.close();
    return retry;
  }
}
