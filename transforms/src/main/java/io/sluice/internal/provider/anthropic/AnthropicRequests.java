package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import org.jspecify.annotations.Nullable;

/**
 * Writes Messages (Anthropic's API reference), which demand a limit on the answer. An {@code
 * output_config.format} that comes from {@code output.schema} is no part of a request's identity;
 * one written in the parameters is. Thread-safe.
 */
final class AnthropicRequests implements RequestWriter {
  private static final String MAX_TOKENS = "max_tokens";
  private static final String OUTPUT_CONFIG = "output_config";
  private static final String FORMAT = "format";

  private final String model;
  private final ObjectNode parameters;
  private final @Nullable ObjectNode format;
  private final TokenCounter tokens;

  AnthropicRequests(ModelTask task, ObjectNode given, TokenCounter tokens) {
    this.model = task.model();
    if (!given.has(MAX_TOKENS)) {
      given.put(MAX_TOKENS, ASSUMED_OUTPUT_TOKENS);
    }
    this.parameters = CanonicalJson.sorted(given);
    this.format = format(task, parameters);
    this.tokens = tokens;
  }

  private static @Nullable ObjectNode format(ModelTask task, ObjectNode parameters) {
    String schema = task.output().schema();
    return schema == null
            || task.output().type() != OutputType.JSON
            || task.operation() != Operation.CHAT
            || parameters.path(OUTPUT_CONFIG).has(FORMAT)
        ? null
        : AnthropicSchema.format(CanonicalJson.parseObject("output.schema", schema));
  }

  @Override
  public Written write(Question question) {
    return write(question, (Misfit) null);
  }

  @Override
  public Written write(Question question, @Nullable Misfit misfit) {
    ObjectNode body = CanonicalJson.newObject().put("model", model);
    if (question.system() != null) {
      // The one part that documents share: after the first, most of it is read from the cache.
      ObjectNode block = body.putArray("system").addObject();
      block.put("type", "text").put("text", question.system());
      block.putObject("cache_control").put("type", "ephemeral");
    }
    ArrayNode messages = body.putArray("messages");
    messages.addObject().put("role", "user").put("content", question.user());
    long input = tokens.chatTokens(question.system(), question.user());
    ObjectNode last = null;
    if (misfit != null) {
      messages.addObject().put("role", "assistant").put("content", misfit.turn());
      last = messages.addObject().put("role", "user").put("content", "");
      input += tokens.chatTokens(misfit.turn(), misfit.told());
    }
    body.setAll(parameters);
    String identity = CanonicalJson.write(body);
    if (misfit != null && last != null) {
      last.put("content", misfit.told());
    }
    ObjectNode sent = format == null ? body : withFormat(body, format);
    return new Written(
        AnthropicCaller.PATH,
        identity,
        misfit == null && format == null ? identity : CanonicalJson.write(sent),
        input);
  }

  private static ObjectNode withFormat(ObjectNode body, ObjectNode format) {
    // A copy, because the parameters are shared by all requests.
    ObjectNode config = CanonicalJson.newObject();
    body.path(OUTPUT_CONFIG).properties().forEach(e -> config.set(e.getKey(), e.getValue()));
    return body.set(OUTPUT_CONFIG, config.set(FORMAT, format));
  }

  @Override
  public long maxOutputTokens() {
    return parameters.path(MAX_TOKENS).asLong(0);
  }

  @Override
  public boolean limitsOutput() {
    return true;
  }
}
