package io.sluice.pipeline.task;

import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the fields that one kind of provider alone has, in whichever section they are. */
final class OwnFields {
  private final ModelProvider asked;
  private final Map<String, String> values = new HashMap<>();

  OwnFields(ModelProvider asked) {
    this.asked = asked;
  }

  /** What the kind that is asked has, by path. */
  Map<String, String> values() {
    return values;
  }

  /** Reads what belongs below a section of the task. */
  void read(Section section, String path) {
    Map<String, Section> below = new LinkedHashMap<>();
    for (String kind : Providers.kinds()) {
      for (String field : Providers.of(kind).ownFields()) {
        if (field.startsWith(path + ".")) {
          String[] names = field.substring(path.length() + 1).split("\\.");
          String last = names[names.length - 1];
          Section of =
              names.length == 1 ? section : below.computeIfAbsent(names[0], section::section);
          read(of, last, field, kind);
        }
      }
    }
    below.values().forEach(Section::close);
  }

  private void read(Section section, String name, String field, String kind) {
    String value = section.text(name);
    if (value == null) {
      return;
    }
    if (kind.equals(asked.kind())) {
      values.put(field, value);
    } else if (!asked.ownFields().contains(field)) {
      section.problem(name, "belongs to provider.kind " + kind);
    }
  }
}
