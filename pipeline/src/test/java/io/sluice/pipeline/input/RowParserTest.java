package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.unfold.Bounds;
import org.junit.jupiter.api.Test;

class RowParserTest {
  private static RowParser.Parsed parse(String text) {
    InputFile file = new InputFile("a.jsonl", 1, InputFormat.JSONL);
    return new RowParser(DocumentFields.DEFAULT).parse(file, new Row(1, text, "it is broken"));
  }

  /** A report reads dead letters by the bounds of rows, with what JSON makes of each character. */
  @Test
  void aDeadLetterOfARowOfTheMostBytes_isARowItself() {
    RowParser.Parsed parsed = parse("\u0001".repeat(Bounds.ROW_BYTES));
    assertThat(parsed.document().json().length(), lessThan(Bounds.ROW_BYTES - 1_000_000));
    assertThat(parsed.problem(), containsString("it is broken; shown are its first "));
  }

  @Test
  void oneThatIsCut_hasItsOwnIdAllTheSame_andOthersAreWhole() {
    String text = "x".repeat(RowParser.MAX_RAW_CHARS);
    assertThat(parse(text + "a").document().id(), not(parse(text + "b").document().id()));
    assertThat(parse(text).document().json().length(), is(text.length() + "{'_raw':''}".length()));
    assertThat(parse(text).problem(), is("it is broken (a.jsonl, row 1)"));
  }
}
