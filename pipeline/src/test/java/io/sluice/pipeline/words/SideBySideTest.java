package io.sluice.pipeline.words;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.not;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SideBySideTest {
  private static List<Integer> widths(String lines) {
    return lines.lines().map(SideBySide::width).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "short",
        "a text of many words that must be wrapped somewhere between two of them, not within",
        "onewordthatislongerthanthecolumnandhastobecutsomewhereonewordthatislonger",
        "产品很好产品很好产品很好产品很好产品很好产品很好产品很好产品很好产品很好",
        "🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋🙋",
        "many\nlines\n\nof\ta text\r\nwith\u001b[2Jescapes\u202e and turns",
      })
  void noLineIsWiderThanTheTerminal(String text) {
    for (String lines :
        List.of(
            SideBySide.of(text, text),
            SideBySide.of(text, ""),
            SideBySide.alone(text),
            SideBySide.ends(text, "43 in, 2 out  0.001 USD"))) {
      assertThat(widths(lines), everyItem(lessThanOrEqualTo(SideBySide.COLUMNS)));
      assertThat(lines.chars().anyMatch(c -> c == 0x1b || c == 0x202e || c == '\r'), is(false));
    }
  }

  /** As terminals have them, which draw more than CJK over two cells. */
  @ParameterizedTest
  @CsvSource({
    "a, 1", "é, 1", "品, 2", "한, 2", "：, 2", "🙋, 2", "✅, 2", "❌, 2", "⭐, 2", "⚡, 2", "⏰, 2", "❗, 2",
    "🆗, 2", "🈚, 2", "ꥠ, 2", "❤, 1", "❤️, 2", "🇩🇪, 2", "✓, 1", "→, 1", "│, 1", "½, 1", "ก่อ, 2",
        "≠, 1"
  })
  void aCharacterTakesAsManyCells(String text, int cells) {
    assertThat(SideBySide.width(text), is(cells));
  }

  @Test
  void nothingIsLostBetweenLines() {
    String text = "one two three four five six seven eight nine ten eleven twelve";
    String lines = SideBySide.alone(text + " " + text).replaceAll("\\s+", " ").strip();
    assertThat(lines, is(text + " " + text));
  }

  @Test
  void hugeTexts_areCut_andSaid() {
    String lines = SideBySide.of("x ".repeat(5_000_000), "y");
    assertThat(lines.lines().count(), lessThanOrEqualTo(10L));
    assertThat(lines, containsString("…"));
    assertThat(SideBySide.of("x", "y"), not(containsString("…")));
  }
}
