package io.sluice.internal.completions;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.internal.answers.Answers.Place;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionEmbeddingsTest {
  private static List<Reply> packed(String data, int requests) {
    Request request = new Request("00", "{\"input\":\"x\"}", 5, 0);
    List<Reply> replies = new ArrayList<>();
    Reply whole =
        CompletionEmbeddings.read(
            "{\"data\":" + data + ",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":9}}",
            Collections.nCopies(requests, request),
            Place.inBatch("POST http://h/v1"),
            replies);
    return replies.isEmpty() ? List.of(whole) : replies;
  }

  private static String entry(String index, int value) {
    return "{"
        + index
        + "\"embedding\":\""
        + "AACAPwAAAMA=".replace('A', (char) ('A' + value))
        + "\"}";
  }

  @Test
  void indexesThatTellNoTwoApart_areOutOfUse_andThePositionCounts() {
    for (String index : new String[] {"\"index\":0,", "\"index\":null,", "", "\"index\":7,"}) {
      List<Reply> replies =
          packed("[" + entry(index, 0) + "," + entry(index, 1) + "," + entry(index, 2) + "]", 3);
      for (int i = 0; i < 3; i++) {
        assertThat(((Reply.Answered) replies.get(i)).raw().charAt(0), is((char) ('A' + i)));
      }
    }
    List<Reply> swapped =
        packed("[" + entry("\"index\":1,", 0) + "," + entry("\"index\":0,", 1) + "]", 2);
    assertThat(((Reply.Answered) swapped.get(0)).raw().charAt(0), is('B'));
    List<Reply> fewer =
        packed("[" + entry("\"index\":0,", 0) + "," + entry("\"index\":0,", 1) + "]", 3);
    assertThat("nobody knows whose the second is", fewer.get(1) instanceof Reply.Failed, is(true));
  }

  /** Whose the vectors A, B, C are, by the numbers beside them; {@code -} where nobody knows. */
  private static String owners(String indexes, int requests) {
    List<String> entries = new ArrayList<>();
    for (String index : indexes.split(" ")) {
      String named = index.equals("none") ? "" : "\"index\":" + index + ",";
      entries.add(entry(named, entries.size()));
    }
    StringBuilder owners = new StringBuilder();
    for (Reply reply : packed("[" + String.join(",", entries) + "]", requests)) {
      owners.append(reply instanceof Reply.Answered answer ? answer.raw().charAt(0) : '-');
    }
    return owners.toString();
  }

  /** A server that leaves one out, or counts otherwise, moves no vector to another document. */
  @ParameterizedTest
  @CsvSource({
    "none none, 3, ---",
    "0 0, 3, ---",
    "2 0, 3, B-A",
    "1 2 3, 3, ABC",
    "3 1 2, 3, BCA",
    "1 2, 3, ---",
    "2 3, 3, ---",
    "0 0 1, 3, ---",
    "2 0 0, 3, ---",
    "-1 -2 -3, 3, ---",
    "0 1 2 3, 3, ---",
    "none none none none, 3, ---",
    "0.5 1.5 2.5, 3, ABC",
    "0.0 2.0 1.0, 3, ACB",
    "\"1\" \"0\" \"2\", 3, BAC",
    "4294967297 4294967296 4294967298, 3, ABC",
    "4294967297 4294967296, 3, ---",
    "0 none 1, 3, ---",
    "7, 1, A",
  })
  void whereTheIndexesCannotBeRight_noVectorIsAnybodys(
      String indexes, int requests, String owners) {
    assertThat(owners(indexes, requests), is(owners));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[1,null]", "[\"1\",\"x\"]", "[true,false]", "[[1,2]]", "[{}]", "[]", "{\"0\":1}"})
  void whatIsNoListOfNumbers_isNoVector(String vector) {
    List<Reply> replies = packed("[{\"index\":0,\"embedding\":" + vector + "}]", 1);
    assertThat(replies.get(0) instanceof Reply.Failed, is(true));
  }
}
