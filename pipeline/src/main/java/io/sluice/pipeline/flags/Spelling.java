package io.sluice.pipeline.flags;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Flags as people write them who use other programs: {@code --dry-run}, {@code --Budget-USD} and
 * {@code --budget_usd} are understood. Beam's own have no dashes either.
 */
final class Spelling {
  private Spelling() {}

  /**
   * @param args of which those that begin with two dashes are flags
   * @param known the flags of a verb, with their dashes
   */
  static List<String> of(List<String> args, Collection<String> known) {
    List<String> spelled = new ArrayList<>();
    for (String arg : args) {
      int end = arg.indexOf('=') < 0 ? arg.length() : arg.indexOf('=');
      String name = arg.substring(0, end);
      spelled.add(
          name.startsWith("--") && !known.contains(name)
              ? name(name, known) + arg.substring(end)
              : arg);
    }
    return spelled;
  }

  private static String name(String name, Collection<String> known) {
    String plain = plain(name);
    for (String flag : known) {
      if (plain.equals(plain(flag))) {
        return flag;
      }
    }
    return "--" + camel(name.substring(2));
  }

  private static String plain(String name) {
    return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
  }

  private static String camel(String name) {
    StringBuilder camel = new StringBuilder();
    boolean up = false;
    for (char c : name.toCharArray()) {
      if (c == '-' && !camel.isEmpty()) {
        up = true;
      } else {
        camel.append(up ? Character.toUpperCase(c) : c);
        up = false;
      }
    }
    return camel.toString();
  }
}
