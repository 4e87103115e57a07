package io.sluice.pipeline.report;

import io.sluice.ErrorKind;

/** What to do about each kind of dead letter; the guide's page has the same sentences. */
final class Advice {
  private Advice() {}

  /** One sentence. */
  static String about(ErrorKind kind) {
    return switch (kind) {
      case BAD_INPUT ->
          "The row is not what the input format expects: mend it where document._raw shows it, or"
              + " name another --inputFormat.";
      case BAD_PROMPT ->
          "The prompt uses a field that the document lacks, or comes out empty: fill the field, take"
              + " it out of the prompt (a null prints nothing), or leave the document out.";
      case TOO_LARGE ->
          "Shorten or split the document (prompt.tooLong: split), lower max_tokens, or take a model or"
              + " an account with larger limits; where a server has cut the input, raise its context.";
      case BAD_REQUEST ->
          "The provider does not accept the request: its message names the parameter or the part of"
              + " the document to change.";
      case CONTENT_FILTER ->
          "The provider's filter stopped it and will again: leave these documents out, reword the"
              + " prompt, or use a model or deployment with another filter.";
      case REFUSAL ->
          "The model declined: say in the system prompt why the task is legitimate, allow an answer"
              + " for such documents, or use another model.";
      case TRUNCATED ->
          "The answer hit the output limit: raise max_tokens, or ask for a shorter answer.";
      case INVALID_OUTPUT ->
          "The answers do not fit output: state the labels or the format in the prompt, or loosen"
              + " the labels or the schema where the answer is right.";
      case RATE_LIMITED ->
          "The account is busier than the task believes: lower quota to what this job may use, then"
              + " run the same command again.";
      case SERVER_ERROR ->
          "The provider kept failing: look at its status page, then run the same command again.";
      case TIMEOUT ->
          "No answer came in time: raise retry.timeout, lower quota.maxConcurrent, or ask for"
              + " shorter answers, then run the same command again.";
      case TRANSPORT ->
          "The connection failed: check provider.baseUrl, the network and any proxy, then run the"
              + " same command again.";
      case EXPIRED ->
          "The provider's batch ran out of time: run the same command again, or use mode: realtime"
              + " for what is left.";
      case BUDGET ->
          "Nothing is wrong with these: run the same command with a larger --budgetUsd, or"
              + " quota.keys.NAME.budgetUsd where the message names a key, and they are asked.";
      case ACCOUNT ->
          "Nothing is wrong with these: mend the key, the credit or the model's name as the message"
              + " says, then run the same command again.";
    };
  }
}
