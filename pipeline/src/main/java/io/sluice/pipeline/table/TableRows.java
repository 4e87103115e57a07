package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Rows of files of columns, as the lines of results have them. */
public final class TableRows {
  private TableRows() {}

  /**
   * Columns of the input go back under {@code document}, and what a csv has flat goes back where it
   * lay. A line of results stays as it is.
   */
  public static ObjectNode asLine(JsonNode row) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> column : row.properties()) {
      String name = column.getKey();
      if (DocumentColumns.isOwn(name)) {
        line.set(name, column.getValue());
      } else if (DocumentColumns.isFlat(name)) {
        String[] path = name.split("\\.", -1);
        ObjectNode at = line;
        for (int i = 0; i < path.length - 1; i++) {
          at = at.path(path[i]) instanceof ObjectNode inner ? inner : at.putObject(path[i]);
        }
        at.set(path[path.length - 1], column.getValue());
      } else {
        document.set(name, column.getValue());
      }
    }
    if (!document.isEmpty()) {
      line.set("document", document);
    }
    return line;
  }
}
