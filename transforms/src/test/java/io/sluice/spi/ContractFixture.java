package io.sluice.spi;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a provider's test says of it for {@link ProviderContractTest}: where its server is asked,
 * what that answers, and what it has not.
 */
public abstract class ContractFixture {
  /** What goes wrong, as an answer other than 200; and what it is to be taken for. */
  protected enum Trouble {
    RATE_LIMITED(ErrorKind.RATE_LIMITED, Scope.RATE, true, Billing.NOT_BILLED),
    OVERLOADED(ErrorKind.SERVER_ERROR, Scope.LOAD, true, Billing.NOT_BILLED),
    BROKEN(ErrorKind.SERVER_ERROR, Scope.ROW, true, Billing.NOT_BILLED),
    /** A gateway gave up waiting: the model may have answered. */
    GATEWAY_TIMEOUT(ErrorKind.TIMEOUT, Scope.LOAD, true, Billing.UNKNOWN),
    BAD_KEY(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, Billing.NOT_BILLED),
    NO_CREDIT(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, Billing.NOT_BILLED),
    UNKNOWN_MODEL(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, Billing.NOT_BILLED),
    WRONG_ADDRESS(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, Billing.NOT_BILLED),
    BAD_REQUEST(ErrorKind.BAD_REQUEST, Scope.ROW, false, Billing.NOT_BILLED),
    TOO_LARGE(ErrorKind.TOO_LARGE, Scope.ROW, false, Billing.NOT_BILLED);

    final ErrorKind kind;
    final Scope scope;
    final boolean retryable;
    final Billing billing;

    Trouble(ErrorKind kind, Scope scope, boolean retryable, Billing billing) {
      this.kind = kind;
      this.scope = scope;
      this.retryable = retryable;
      this.billing = billing;
    }
  }

  /** In which way a 200 is no answer, paid for all the same. */
  protected enum NotAnAnswer {
    CUT(ErrorKind.TRUNCATED, false),
    REFUSED(ErrorKind.REFUSAL, false),
    EMPTY(ErrorKind.INVALID_OUTPUT, true),
    /** A finish reason that nobody knows: half an answer, as likely as not. */
    BROKEN_OFF(ErrorKind.SERVER_ERROR, true);

    final ErrorKind kind;
    final boolean retryable;

    NotAnAnswer(ErrorKind kind, boolean retryable) {
      this.kind = kind;
      this.retryable = retryable;
    }
  }

  /** Whether there is a server to be asked; otherwise the model is in this process. */
  protected boolean supportsServer() {
    return true;
  }

  /** Which of the provider's interfaces is spoken; empty for the usual one. */
  protected String api() {
    return "";
  }

  protected boolean supportsSchemas() {
    return true;
  }

  protected boolean supportsEmbeddings() {
    return true;
  }

  protected boolean supportsRateHeaders() {
    return true;
  }

  /** Which of the ways the protocol has. */
  protected boolean supports(NotAnAnswer way) {
    return true;
  }

  /** Where requests go: a method and a path. */
  protected abstract String route(Operation operation);

  /** A right answer, by the model {@code m-1}. */
  protected abstract String answer(String text, Usage usage);

  /** A 200 that is none, with usage 7 and 3. */
  protected abstract String notAnAnswer(NotAnAnswer way);

  /**
   * @param message for the server's words
   */
  protected abstract Answer trouble(Trouble trouble, String message);

  /**
   * Embeddings of several inputs in one answer.
   *
   * @param vectors null for one that is missing
   */
  protected String embeddings(List<float @Nullable []> vectors, long inputTokens) {
    throw unsupported();
  }

  /** Headers that state a limit of 500 requests, 499 left, and of 10,000 tokens, 9,000 left. */
  protected Map<String, String> rateHeaders() {
    throw unsupported();
  }

  /** Where a provider's server has its batches; each a method and a path with its query, sorted. */
  public record BatchRoutes(String create, String list) {}

  /** A batch as it is listed, polled and answered. */
  public record Shown(String id, State state, int requests, boolean own) {}

  protected abstract String kind();

  /** Between the server's address and the routes. */
  protected String basePath() {
    return "";
  }

  protected boolean supportsBatches() {
    return false;
  }

  /** Whether the list tells whose a batch is before it has ended. */
  protected boolean tellsOwnBatchesAtOnce() {
    return true;
  }

  /** Lets a server take what is uploaded before a batch is created. */
  protected void acceptUploads(ScriptedServer server) {}

  protected BatchRoutes batchRoutes() {
    throw unsupported();
  }

  /** Where a batch is polled. */
  protected String pollRoute(String id) {
    throw unsupported();
  }

  protected String cancelRoute(String id) {
    throw unsupported();
  }

  /** Where the results of an ended batch are. */
  protected String resultsRoute(String id) {
    throw unsupported();
  }

  /**
   * A batch as the server shows it, created at {@link BatchRig#NOW}.
   *
   * @param batch whose {@code own} is whether it is of the intent {@code intent1}
   */
  protected String shown(Shown batch) {
    throw unsupported();
  }

  /** The only page of a list. */
  protected String listed(List<Shown> batches) {
    throw unsupported();
  }

  /** A line of results: a right answer. */
  protected String answeredLine(String customId, String text, Usage usage) {
    throw unsupported();
  }

  /** A line of results: a 200 that is no answer, with usage 7 and 3. */
  protected String notAnAnswerLine(String customId, NotAnAnswer way) {
    throw unsupported();
  }

  /** A line of results: the batch ended before the request was answered. */
  protected String expiredLine(String customId) {
    throw unsupported();
  }

  /** A line of results: a request that the provider refuses for good. */
  protected String refusedLine(String customId) {
    throw unsupported();
  }

  protected static UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException("The provider's test says that there are none");
  }
}
