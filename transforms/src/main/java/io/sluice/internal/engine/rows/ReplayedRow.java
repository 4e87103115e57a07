package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.Answer;
import io.sluice.Document;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.prepare.Part;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A row that a ledger has all answers of, as the engines would serve it. Immutable.
 *
 * @param output as JSON text
 * @param questions those that were asked, in their order
 * @param hasSteps whether each is a step, with a name
 */
public record ReplayedRow(String output, List<OfQuestion> questions, boolean hasSteps) {

  /** An answer that fits, and the ask that brought it. */
  record Said(Replay.Link link, LedgerEntry entry, Verdict.Fits fits) {
    String output() {
      return fits.outputJson();
    }
  }

  /**
   * What a question came to.
   *
   * @param name the step's; empty where there is one question
   * @param parts of the document, as it was asked; none for the whole
   */
  record OfQuestion(String name, String output, List<Said> said, List<Part> parts) {
    Answer answer(Document document, Function<Replay.Link, @Nullable BigDecimal> cost) {
      if (parts.isEmpty()) {
        Answer whole = ReplayedRow.answer(said.get(0), document, cost);
        return whole.outputJson().equals(output) ? whole : whole.withOutput(output);
      }
      Sum sum = new Sum();
      for (int i = 0; i < said.size(); i++) {
        String where = i < parts.size() ? "part " + (i + 1) : "merge";
        sum.add(ReplayedRow.answer(said.get(i), document, cost), where);
      }
      return sum.answer(document, output).withParts(partsJson(parts));
    }
  }

  /**
   * The row.
   *
   * @param cost what it bears of each answer's
   */
  public Answer answer(Document document, Function<Replay.Link, @Nullable BigDecimal> cost) {
    if (!hasSteps) {
      return questions.get(0).answer(document, cost);
    }
    Sum sum = new Sum();
    ObjectNode parts = JsonNodeFactory.instance.objectNode();
    for (OfQuestion each : questions) {
      Answer answer = each.answer(document, cost);
      sum.add(answer, each.name());
      if (answer.partsJson() != null) {
        parts.putRawValue(each.name(), new RawValue(answer.partsJson()));
      }
    }
    return sum.answer(document, output).withParts(parts.isEmpty() ? null : parts.toString());
  }

  /** What the ledger has of the answers that it is made of. */
  public List<LedgerEntry> entries() {
    return questions.stream().flatMap(each -> each.said().stream()).map(Said::entry).toList();
  }

  private static Answer answer(
      Said said, Document document, Function<Replay.Link, @Nullable BigDecimal> cost) {
    PreparedDocument row =
        new PreparedDocument(document, said.link().ask().request(), "").asking(said.link().ask());
    Finished end = Endings.stored(row, said.entry(), said.fits(), cost.apply(said.link()));
    return ((Finished.Answered) end).answer();
  }

  /** The ranges of a document's parts, as rows have them. */
  static String partsJson(List<Part> parts) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("field", parts.get(0).field()).put("count", parts.size());
    ArrayNode ranges = json.putArray("ranges");
    parts.forEach(part -> ranges.addArray().add(part.from()).add(part.to()));
    return json.toString();
  }
}
