package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;

/** What a JSON Schema says, for those who write it in a provider's subset. */
public final class JsonSchemas {
  private JsonSchemas() {}

  /** Whether what fits a schema is, or may be, an object. */
  public static boolean isOfObjects(JsonNode schema) {
    JsonNode type = schema.path("type");
    return type.asText().equals("object")
        || type.valueStream().anyMatch(one -> one.asText().equals("object"))
        || schema.has("properties");
  }
}
