package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.table.ColumnType.Field;
import java.util.List;

/**
 * A column of results.
 *
 * @param path where its value lies in a row
 */
record Column(Field field, List<String> path) {
  Column {
    path = List.copyOf(path);
  }

  static Column of(Field field) {
    return new Column(field, List.of(field.name()));
  }

  JsonNode value(JsonNode row) {
    JsonNode value = row;
    for (String name : path) {
      value = value.path(name);
    }
    return value;
  }
}
