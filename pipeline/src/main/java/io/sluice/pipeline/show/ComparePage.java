package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.JsonNode;
import com.samskivert.mustache.Mustache;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A comparison as a page: one file without scripts that loads nothing; all text is escaped. */
final class ComparePage {
  private static final int TEXT = 1_000;
  private static final int ID = 100;

  /** A row as it is shown. */
  record Row(String id, String document, String a, String b, String expected) {}

  /** What the template shows. */
  record Page(
      String style,
      String title,
      List<CompareVerb.Fact> facts,
      String differ,
      boolean hasExpected,
      List<Row> rows) {}

  private ComparePage() {}

  static byte[] of(String first, String second, Comparison all, @Nullable String expected)
      throws IOException {
    Page page =
        new Page(
            resource("/io/sluice/pipeline/report/report.css"),
            clip(first, ID) + " and " + clip(second, ID),
            CompareVerb.facts(clip(first, ID), clip(second, ID), all, expected),
            all.differing == 0
                ? "No row differs."
                : Numbers.of(all.differing, "row")
                    + (all.differing == 1 ? " differs" : " differ")
                    + (all.differing > all.shown().size()
                        ? "; of them " + all.shown().size() + " drawn at random:"
                        : ":"),
            expected != null,
            all.shown().stream().map(ComparePage::row).toList());
    return Mustache.compiler()
        .escapeHTML(true)
        .compile(resource("compare.html"))
        .execute(page)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Row row(Comparison.Differs differs) {
    String expected = differs.expected;
    return new Row(
        clip(differs.id, ID),
        differs.document.isObject() ? text(differs.document) : "",
        differs.a == null ? "" : text(differs.a),
        text(differs.b),
        expected == null ? "" : clip(expected, TEXT));
  }

  private static String text(JsonNode value) {
    return clip(RowText.output(value.toString()), TEXT);
  }

  private static String clip(String text, int most) {
    return text.length() <= most
        ? Visible.text(text)
        : Visible.text(Text.cut(text, most)) + " … (" + text.length() + " characters)";
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ComparePage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("The jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
