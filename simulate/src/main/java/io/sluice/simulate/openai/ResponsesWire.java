package io.sluice.simulate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import io.sluice.Tier;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.simulate.wire.Account;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Capped;
import io.sluice.simulate.wire.Faults;
import io.sluice.simulate.wire.PromptCache;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import io.sluice.spi.TokenCounter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's Responses API. As models that think do, it answers with reasoning first, a comment
 * second and the final answer last; an overloaded server answers 200 with a response that failed.
 */
public final class ResponsesWire implements Wire {
  /** Output tokens that nobody sees. */
  private static final long REASONING = 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Answers answers;
  private final OpenAiWire account;

  /**
   * @param account whose accounts, keys and limits these are, too
   */
  public ResponsesWire(Answers answers, OpenAiWire account) {
    this.answers = answers;
    this.account = account;
  }

  @Override
  public String provider() {
    return account.provider();
  }

  @Override
  public String key(Headers headers) {
    return account.key(headers);
  }

  @Override
  public @Nullable Reply rejected(Headers headers, String key, JsonNode request) {
    Reply rejected = account.rejected(headers, key, request);
    if (rejected != null) {
      return rejected;
    }
    for (String name : new String[] {"messages", "max_tokens", "response_format"}) {
      if (request.has(name)) {
        return OpenAiWire.error(
            400,
            "invalid_request_error",
            "unsupported_parameter",
            "Unsupported parameter: '" + name + "' is not supported with the Responses API");
      }
    }
    return null;
  }

  /** The texts of the input: one, or those of its items. */
  private static String input(JsonNode request) {
    JsonNode input = request.path("input");
    StringBuilder text = new StringBuilder(input.asText());
    for (JsonNode item : input) {
      text.append(item.path("content").asText());
      item.path("content").forEach(part -> text.append(part.path("text").asText()));
    }
    return text.toString();
  }

  @Override
  public long inputTokens(JsonNode request) {
    TokenCounter counter = EncodedTokens.ofModel(request.path("model").asText());
    String instructions = request.path("instructions").asText("");
    return counter.chatTokens(instructions.isEmpty() ? null : instructions, input(request));
  }

  /** The instructions, as what documents share; they are kept without being asked. */
  @Override
  public PromptCache.@Nullable Prefix prefix(JsonNode request) {
    String instructions = request.path("instructions").asText("");
    String model = request.path("model").asText();
    return instructions.isEmpty()
        ? null
        : new PromptCache.Prefix(
            model + "\n" + instructions,
            EncodedTokens.ofModel(model).count(instructions),
            1024,
            false);
  }

  @Override
  public long reservedTokens(JsonNode request) {
    return request.path("max_output_tokens").asLong(0);
  }

  @Override
  public Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault) {
    String model = request.path("model").asText();
    ObjectNode out = JSON.createObjectNode().put("id", "resp_" + id).put("object", "response");
    out.put("created_at", System.currentTimeMillis() / 1000).put("model", model);
    out.put("status", "completed").putNull("error").putNull("incomplete_details");
    out.put("service_tier", OpenAiWire.served(request));
    out.put("store", request.path("store").asBoolean(true));
    out.set("instructions", request.get("instructions"));
    out.putNull("metadata").put("parallel_tool_calls", true).put("tool_choice", "auto");
    out.putArray("tools");
    if (fault == Faults.Fault.OVERLOAD) {
      // Said with a status of 200, in batches, too.
      out.put("status", "failed").putArray("output");
      out.putObject("error")
          .put("code", "server_error")
          .put("message", "An error occurred while processing your request");
      return Made.refused(Reply.json(200, out));
    }
    Reply error = fault == null ? null : OpenAiWire.error(fault, request);
    if (error != null) {
      return Made.refused(error);
    }
    Capped answer =
        Capped.of(
            EncodedTokens.ofModel(model),
            fault == Faults.Fault.INVALID
                ? "no such answer"
                : answers.chat(input(request), request.path("text").path("format").path("schema")),
            REASONING,
            request.path("max_output_tokens"));
    if (fault == Faults.Fault.LENGTH || fault == Faults.Fault.FILTER || answer.isCut()) {
      out.put("status", "incomplete")
          .putObject("incomplete_details")
          .put("reason", fault == Faults.Fault.FILTER ? "content_filter" : "max_output_tokens");
    }
    output(out, id, answer, fault);
    long output = answer.output();
    ObjectNode usage = out.putObject("usage").put("input_tokens", inputTokens);
    PromptCache.Found found = PromptCache.Found.in(request);
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", found.read())
        .put("cache_write_tokens", found.written());
    usage.put("output_tokens", output);
    usage.putObject("output_tokens_details").put("reasoning_tokens", answer.thoughts());
    usage.put("total_tokens", inputTokens + output);
    Reply reply = Reply.json(200, out);
    return new Made(fault == Faults.Fault.GARBAGE ? reply.garbled() : reply, output, true);
  }

  private static void output(
      ObjectNode out, String id, Capped answer, Faults.@Nullable Fault fault) {
    ArrayNode items = out.putArray("output");
    items.addObject().put("id", "rs_" + id).put("type", "reasoning").putArray("summary");
    if (fault == Faults.Fault.EMPTY || answer.tokens() == 0) {
      return;
    }
    for (String phase : new String[] {"commentary", "final_answer"}) {
      ObjectNode message = items.addObject().put("id", "msg_" + id + "_" + phase);
      message.put("type", "message").put("role", "assistant").put("status", "completed");
      message.put("phase", phase);
      boolean isFinal = phase.equals("final_answer");
      ObjectNode part = message.putArray("content").addObject();
      if (isFinal && fault == Faults.Fault.REFUSAL) {
        part.put("type", "refusal").put("refusal", "I cannot help with that.");
      } else {
        part.put("type", "output_text").put("text", isFinal ? answer.text() : "I read it.");
        part.putArray("annotations");
      }
    }
  }

  @Override
  public @Nullable Tier tier(JsonNode request) {
    return account.tier(request);
  }

  @Override
  public Reply refused(Account account, Account.Admission admission, long tokens) {
    return this.account.refused(account, admission, tokens);
  }

  @Override
  public Map<String, String> headers(Account account, Account.Admission admission) {
    return this.account.headers(account, admission);
  }
}
