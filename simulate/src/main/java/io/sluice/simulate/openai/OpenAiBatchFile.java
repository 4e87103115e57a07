package io.sluice.simulate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchJob.Item;
import io.sluice.simulate.batches.BatchJob.Refusal;
import io.sluice.simulate.wire.Wire;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The requests of an uploaded file and what is wrong with them, by the codes that Azure documents.
 */
final class OpenAiBatchFile {
  private static final int MAX_REQUESTS = 50_000;

  final List<Item> items = new ArrayList<>();
  final List<Refusal> refusals = new ArrayList<>();

  private final String endpoint;
  private final Wire wire;
  private final Set<String> ids = new HashSet<>();
  private final Set<String> models = new HashSet<>();

  private OpenAiBatchFile(String endpoint, Wire wire) {
    this.endpoint = endpoint;
    this.wire = wire;
  }

  static OpenAiBatchFile read(String text, String endpoint, Wire wire) {
    OpenAiBatchFile file = new OpenAiBatchFile(endpoint, wire);
    if (text.isEmpty()) {
      file.refusals.add(new Refusal("empty_file", "The file is empty.", 0));
      return file;
    }
    String[] lines = text.split("\n", -1);
    int count = lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
    if (count > MAX_REQUESTS) {
      file.refusals.add(
          new Refusal("too_many_tasks", count + " requests, at most " + MAX_REQUESTS + ".", 0));
      return file;
    }
    for (int i = 0; i < count; i++) {
      file.line(lines[i], i + 1);
    }
    return file;
  }

  private void line(String text, int number) {
    JsonNode line = BatchApi.parse(text);
    JsonNode body = line.path("body");
    String id = line.path("custom_id").asText("");
    String model = body.path("model").asText("");
    if (!line.isObject()) {
      refuse("invalid_json_line", "This line is not parseable as valid JSON.", number);
    } else if (id.isEmpty() || !body.isObject() || !line.path("method").asText().equals("POST")) {
      refuse("invalid_request", "custom_id, method or body is missing or wrong.", number);
    } else if (!ids.add(id)) {
      refuse("duplicate_custom_id", "The custom_id '" + id + "' is there twice.", number);
    } else if (!line.path("url").asText().equals(endpoint)) {
      refuse("url_mismatch", "The url does not match the batch's endpoint.", number);
    } else if (model.startsWith("unknown")) {
      refuse("model_not_found", "The model '" + model + "' does not exist.", number);
    } else if (models.add(model) && models.size() > 1) {
      refuse("model_mismatch", "The file names more than one model.", number);
    } else {
      items.add(new Item(id, OpenAi.of(endpoint, body), body.toString(), wire.inputTokens(body)));
    }
  }

  private void refuse(String code, String message, int line) {
    refusals.add(new Refusal(code, message, line));
  }
}
