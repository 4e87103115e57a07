package io.sluice.internal.answers;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          <400> InternalError.Algo.InvalidParameter: Value error, batch size is invalid, it should not be larger than 10.: input.contents|100|10
          batch size 100 > maximum allowed batch size 32|100|32
          Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length 3000 instead.|3000|2048
          invalid request: total number of texts must be at most 96 - received 100|100|96
          BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch|250|100
          The batch size should not be greater than 128.|500|128
          The max allowed batch size is 25. Your batch size is 100.|100|25
          Too many inputs in the request: the limit is 64|100|64
          # nothing that can be it
          Input is too long: at most 512 tokens|100|0
          batch of inputs cannot exceed 300000 tokens|2000|0
          batch size 100 > maximum allowed batch size 3200|100|0
          at most 0 texts in a batch|100|0
          your prompt was flagged|100|0
          it broke|100|0
          batch at most 99999999999999999999999|100|0
          """)
  void wordsOfServers(String message, int sent, int most) {
    assertThat(
        PackWords.most("POST http://h:8080/v1 was answered 400: " + message, sent), is(most));
  }
}
