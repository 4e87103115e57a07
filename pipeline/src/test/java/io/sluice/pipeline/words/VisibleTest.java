package io.sluice.pipeline.words;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class VisibleTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private PrintStream raw() {
    return new PrintStream(printed, true, StandardCharsets.UTF_8);
  }

  private String shown() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatMovesTheCursor_setsTheTitle_orTurnsTextAround_isSeen() {
    PrintStream out = Visible.stream(raw());
    out.print("a\u001b[2Jb\u001b]0;title\u0007c\rd\u009b31me\u202ef\u2028g\u007f");
    out.flush();
    assertThat(shown(), is("a␛[2Jb␛]0;title␇c␍d\\u009b31me\\u202ef\\u2028g\\u007f"));
  }

  @Test
  void wordsOfAllScripts_emojiAndTables_areLeftAsTheyAre() {
    String text = "größe\tمی\u200Cخواهم 日本 👩\u200D💻 ─ x\n";
    PrintStream out = Visible.stream(raw());
    out.print(text);
    out.flush();
    assertThat(shown(), is(text));
  }

  @Test
  void charactersThatComeByteByByte() {
    PrintStream out = Visible.stream(raw());
    for (byte one : "ü👩\u009bx".getBytes(StandardCharsets.UTF_8)) {
      out.write(one);
      out.flush();
    }
    assertThat(shown(), is("ü👩\\u009bx"));
  }

  @Test
  void jsonStaysWhatItWas() {
    PrintStream out = Visible.stream(raw());
    out.println("{\"key\":\"\u0085\u202e\"}");
    assertThat(shown(), is("{\"key\":\"\\u0085\\u202e\"}" + System.lineSeparator()));
  }

  @Test
  void aLogsMessage_forgesNoLine() {
    PrintStream log = Visible.log(raw());
    log.println("12:00:00 WARN it said: x\n12:00:01 INFO all is well");
    new IOException("y\nThe job finished").printStackTrace(log);
    assertThat(shown(), not(containsString("\n12:00:01")));
    assertThat(shown(), not(containsString("\nThe job finished")));
    assertThat(shown(), containsString("all is well"));
  }

  @Test
  void aLine_showsItsEnds() {
    assertThat(Visible.line("a\nb\tc"), is("a␊b c"));
  }

  @Test
  void aStreamThatNobodyReads_isSeenThroughTheFilter() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    for (PrintStream stream :
        List.of(Visible.stream(new PrintStream(closed)), Visible.log(new PrintStream(closed)))) {
      stream.println("a line");
      assertThat(stream.checkError(), is(true));
    }
  }
}
