package io.sluice.cost;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Tier;
import io.sluice.cost.PriceTable.Alternative;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceTableTest {
  private static final PriceTable BUILTIN = PriceTable.builtin();
  private static final String HEADER = "provider,model,input_per_mtok,output_per_mtok\n";

  @ParameterizedTest
  @CsvSource({
    "openai, gpt-4o, 2.5, 10",
    "OpenAI, gpt-4o, 2.5, 10",
    "openai, gpt-4o-2024-08-06, 2.5, 10",
    "openai, gpt-4o-2024-05-13, 5, 15",
    "openai, gpt-4o-mini-2024-07-18, 0.15, 0.6",
    "openai, gpt-4-turbo-2024-04-09, 10, 30",
    "openai, gpt-4-0613, 30, 60",
    "openai, gpt-3.5-turbo-0125, 0.5, 1.5",
    "anthropic, claude-3-5-sonnet-20241022, 3, 15",
    "anthropic, claude-3-5-sonnet, 3, 15",
    "anthropic, claude-3-5-sonnet-latest, 3, 15",
    "anthropic, claude-3-5-haiku, 0.8, 4",
    "anthropic, claude-3-haiku, 0.25, 1.25",
    "anthropic, claude-3-7-sonnet, 3, 15",
    "anthropic, claude-3-7-sonnet-latest, 3, 15",
    "anthropic, claude-sonnet-4, 3, 15",
    "anthropic, claude-sonnet-4-0, 3, 15",
    "anthropic, claude-opus-4-1, 15, 75",
    "anthropic, claude-haiku-4-5-20251001, 1, 5",
    "mistral, mistral-large-latest, 0.5, 1.5",
    "groq, openai/gpt-oss-120b, 0.15, 0.6",
  })
  void find_knownName_isItsPrice(
      String provider, String model, BigDecimal input, BigDecimal output) {
    Price price = BUILTIN.find(provider, model).orElseThrow();
    assertThat(price.inputPerMtok(), equalTo(input));
    assertThat(price.outputPerMtok(), equalTo(output));
  }

  @Test
  void builtin_everyRow_isFoundByItsName_andADateAddedToIt() throws IOException {
    List<String> lines;
    try (InputStream in = PriceTable.class.getResourceAsStream("prices.csv")) {
      lines =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
    }
    int rows = 0;
    for (String line : lines) {
      String[] fields = line.split(",", -1);
      if (line.startsWith("#") || fields[0].equals("provider")) {
        continue;
      }
      rows++;
      boolean dated = fields[1].matches(".*-20\\d\\d-?\\d\\d-?\\d\\d");
      for (String name :
          dated ? List.of(fields[1]) : List.of(fields[1], fields[1] + "-2026-10-01")) {
        Price price = BUILTIN.find(fields[0], name).orElseThrow(() -> new AssertionError(line));
        assertThat(line, price.inputPerMtok().compareTo(new BigDecimal(fields[2])), is(0));
        assertThat(line, price.outputPerMtok().compareTo(new BigDecimal(fields[5])), is(0));
        assertThat(line, price.batchInputPerMtok() == null, is(fields[6].isEmpty()));
      }
    }
    assertThat(rows, is(66));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt-4o-audio-preview",
        "gpt-4o-mini-search",
        "gpt-4.1-mini-turbo",
        "gpt-",
        "gpt",
        "",
        "gpt-4o-20",
        "gpt-4o-2024-99-99",
        "chatgpt-4o-latest",
        "ft:gpt-4o-mini:acme",
        "GPT-4O",
        "*"
      })
  void find_onlyAPrefixOrALikeness_isUnknown(String model) {
    assertThat(BUILTIN.find("openai", model), equalTo(Optional.empty()));
    assertThat(BUILTIN.origin("openai", model), equalTo(Optional.empty()));
  }

  @Test
  void find_anotherDateOfADatedModel_isUnknown() {
    assertThat(BUILTIN.find("anthropic", "claude-3-5-sonnet-20240620"), equalTo(Optional.empty()));
  }

  @Test
  void find_knownModelOfAnotherProvider_isUnknown() {
    assertThat(BUILTIN.find("groq", "gpt-4o"), equalTo(Optional.empty()));
  }

  @Test
  void builtin_saysAsOfWhen() {
    assertThat(BUILTIN.date(), equalTo(LocalDate.of(2026, 11, 23)));
    assertThat(
        BUILTIN.origin("openai", "gpt-4o"),
        equalTo(Optional.of("the built-in prices of 2026-11-23")));
  }

  @Test
  void builtin_limitsOfAModel_areKnown() {
    Price mini = BUILTIN.find("openai", "gpt-4o-mini").orElseThrow();
    assertThat(mini.contextTokens(), equalTo(128_000L));
    assertThat(mini.maxOutputTokens(), equalTo(16_384L));
  }

  @Test
  void withFile_aRow_replacesTheBuiltinAndLeavesTheRest() {
    PriceTable table =
        BUILTIN.withFile(
            "mine.csv",
            "# ours\r\n\r\nmodel, provider, output_per_mtok, input_per_mtok, context_tokens\r\n"
                + "gpt-4o, OpenAI, 9, 2, \r\n"
                + "llama, house, 0, 0.01, 8192\r\n");
    assertThat(table.find("openai", "gpt-4o"), equalTo(Optional.of(price("2", "9"))));
    assertThat(table.origin("openai", "gpt-4o"), equalTo(Optional.of("line 4 of mine.csv")));
    assertThat(table.find("house", "llama").orElseThrow().contextTokens(), equalTo(8192L));
    assertThat(table.find("openai", "gpt-4o-mini"), equalTo(BUILTIN.find("openai", "gpt-4o-mini")));
    assertThat(BUILTIN.find("house", "llama"), equalTo(Optional.empty()));
  }

  @Test
  void withFile_severalDatesOfAModel_itsUndatedNameIsTheNewest() {
    PriceTable table =
        BUILTIN.withFile(
            "mine.csv",
            HEADER + "house,m-20250301,3,3\nhouse,m-2025-11-02,11,11\nhouse,m-20240909,9,9\n");
    assertThat(table.find("house", "m"), equalTo(Optional.of(price("11", "11"))));
    assertThat(table.find("house", "m-latest"), equalTo(Optional.of(price("11", "11"))));
    assertThat(table.find("house", "m-20240909"), equalTo(Optional.of(price("9", "9"))));
  }

  @Test
  void withFile_savedByASpreadsheetWithAByteOrderMark_isRead() {
    PriceTable table = BUILTIN.withFile("mine.csv", "\uFEFF" + HEADER + "house,m,1,2\n");
    assertThat(table.find("house", "m"), equalTo(Optional.of(price("1", "2"))));
  }

  @Test
  void withFile_thatStillNamesEncodings_isReadWithoutThem() {
    PriceTable table =
        BUILTIN.withFile(
            "mine.csv",
            "provider,model,encoding,input_per_mtok,output_per_mtok\nhouse,m,o200k_base,1,2\n");
    assertThat(table.find("house", "m"), equalTo(Optional.of(price("1", "2"))));
  }

  @Test
  void withFile_mistakes_areAllReportedWithLineAndColumn() {
    String message =
        refusal(
            "provider,model,input_per_mtok,output_per_mtok,batch_input_per_mtok,"
                + "batch_output_per_mtok,context_tokens\n"
                + "openai,a,cheap,1,,,\n"
                + "openai,b,1,-2,,,\n"
                + "openai,,1,2,,,\n"
                + "openai,c,,2,,,\n"
                + "openai,d,1,2,,,128k\n"
                + "openai,e,1,2,0.5,,\n"
                + "openai,f,1,2\n"
                + "openai,g,1,2,,,\n"
                + "openai,g,1,3,,,\n"
                + "openai,h,1e9,2,,,\n"
                + "openai,\"i\",1,2,,,\n");
    assertThat(
        message.lines().map(String::strip).toList(),
        equalTo(
            List.of(
                "Cannot use the prices in mine.csv:",
                "mine.csv:2: column input_per_mtok: 'cheap' is not USD per million tokens; write a"
                    + " plain decimal such as 0.15",
                "mine.csv:3: column output_per_mtok: '-2' is not USD per million tokens; write a"
                    + " plain decimal such as 0.15",
                "mine.csv:4: column model is empty; give the model's name",
                "mine.csv:5: column input_per_mtok is empty; write 0 for what costs nothing",
                "mine.csv:6: column context_tokens: '128k' is not a number of tokens; write digits"
                    + " only, such as 128000",
                "mine.csv:7: column batch_output_per_mtok is empty but the other batch price is"
                    + " not; give both or neither",
                "mine.csv:8: has 4 fields, but the header names 7 columns; write numbers as 0.15,"
                    + " without separators",
                "mine.csv:10: column model: 'g' of openai has a price on line 9 already; keep one",
                "mine.csv:11: column input_per_mtok: '1e9' is not USD per million tokens; write a"
                    + " plain decimal such as 0.15",
                "mine.csv:12: column model: \"i\" is not a name; write it without quotes")));
  }

  @Test
  void withFile_badHeader_saysWhichColumn() {
    assertThat(
        refusal("provider,model,input,output_per_mtok\nopenai,a,1,2\n"),
        containsString("mine.csv:1: unknown column 'input'; expected, separated by commas:"));
    assertThat(
        refusal("# ours\nprovider,model,output_per_mtok\nopenai,a,2\n"),
        containsString("mine.csv:2: column input_per_mtok is missing; add it to the header"));
    assertThat(
        refusal("provider,model,model,input_per_mtok,output_per_mtok\n"),
        containsString("mine.csv:1: column model is named twice"));
    assertThat(refusal("\n# nothing\n"), containsString("mine.csv:1: no header"));
  }

  @Test
  void withFile_mistakesOfMegabytes_areSaidInAFewLines() {
    String columns = "provider" + ",a".repeat(500_000);
    String number = HEADER + "openai,m,1" + "0".repeat(2_000_000) + ",1\n";
    String rows = HEADER + "openai,m,1,x\n".repeat(50_000);
    assertThat(refusal(columns).length(), lessThan(30_000));
    assertThat(refusal(columns), endsWith("and 499950 more"));
    assertThat(refusal(number).length(), lessThan(1_000));
    assertThat(refusal(rows), endsWith("and 49950 more"));
  }

  @Test
  void withInline_winsOverFileAndBuiltin_atAnyProvider() {
    PriceTable table =
        BUILTIN
            .withInline("gpt-4o", price("7", "8"))
            .withFile("mine.csv", HEADER + "openai,gpt-4o,1,2\n");
    assertThat(table.find("openai", "gpt-4o"), equalTo(Optional.of(price("7", "8"))));
    assertThat(table.find("azure", "gpt-4o"), equalTo(Optional.of(price("7", "8"))));
    assertThat(table.origin("openai", "gpt-4o"), equalTo(Optional.of("the price given inline")));
    assertThat(
        table.find("openai", "gpt-4o-2024-05-13"),
        equalTo(BUILTIN.find("openai", "gpt-4o-2024-05-13")));
  }

  @Test
  void cheaperThan_isNeverDearerInAnything_cheapestFirst() {
    PriceTable table =
        BUILTIN.withFile(
            "mine.csv",
            HEADER
                + "house,big,4,8\nhouse,same,4,8\nhouse,small,1,2\nhouse,less-out,4,7\n"
                + "house,trade,1,9\nhouse,old-20240101,1,1\nother,small,1,1\n");
    List<Alternative> cheaper = table.cheaperThan("house", "big");
    assertThat(
        cheaper,
        contains(
            new Alternative("small", price("1", "2")),
            new Alternative("less-out", price("4", "7"))));
  }

  @Test
  void cheaperThan_chatAndEmbeddings_areNotMixed() {
    List<String> chat = names(BUILTIN.cheaperThan("openai", "gpt-4o"));
    assertThat(chat, hasItem("gpt-4o-mini"));
    assertThat(chat, not(hasItem("text-embedding-3-small")));
    assertThat(
        names(BUILTIN.cheaperThan("openai", "text-embedding-3-large")),
        contains("text-embedding-3-small", "text-embedding-ada-002"));
  }

  @Test
  void cheaperThan_unknownModel_isEmpty() {
    assertThat(BUILTIN.cheaperThan("openai", "nobody-knows"), is(empty()));
  }

  private static List<String> names(List<Alternative> alternatives) {
    return alternatives.stream().map(Alternative::model).toList();
  }

  private static String refusal(String content) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> BUILTIN.withFile("mine.csv", content))
            .getMessage());
  }

  private static Price price(String input, String output) {
    return Price.of(new BigDecimal(input), new BigDecimal(output));
  }

  @Test
  void tiersAndCachesOfAnHour_areColumns() {
    PriceTable table =
        PriceTable.builtin()
            .withFile(
                "p.csv",
                "provider,model,input_per_mtok,output_per_mtok,flex_input_per_mtok,"
                    + "flex_output_per_mtok,priority_input_per_mtok,priority_output_per_mtok,"
                    + "long_cache_write_input_per_mtok\nx,m,2,4,1,2,,,5\n");
    Price price = table.find("x", "m").orElseThrow();
    assertThat(price.at(Tier.FLEX).orElseThrow().outputPerMtok(), is(new BigDecimal(2)));
    assertThat(price.at(Tier.PRIORITY).isEmpty(), is(true));
    assertThat(price.longCacheWriteInputPerMtok(), is(new BigDecimal(5)));
    IllegalArgumentException half =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                PriceTable.builtin()
                    .withFile(
                        "p.csv",
                        "provider,model,input_per_mtok,output_per_mtok,flex_input_per_mtok,"
                            + "flex_output_per_mtok\nx,m,2,4,1,\n"));
    assertThat(half.getMessage(), containsString("flex_output_per_mtok is empty"));
  }

  @Test
  void flex_isKnownWhereItIsOffered() {
    PriceTable table = PriceTable.builtin();
    Price mini = table.find("openai", "gpt-5-mini").orElseThrow();
    assertThat(mini.at(Tier.FLEX).orElseThrow().inputPerMtok(), is(mini.batchInputPerMtok()));
    assertThat(table.find("openai", "gpt-4o-mini").orElseThrow().at(Tier.FLEX).isEmpty(), is(true));
    assertThat(
        table.find("google", "gemini-2.5-flash").orElseThrow().at(Tier.FLEX).isPresent(), is(true));
    Price groq = table.find("groq", "llama-3.3-70b-versatile").orElseThrow();
    assertThat(groq.at(Tier.FLEX).orElseThrow().inputPerMtok(), is(groq.inputPerMtok()));
  }
}
