package io.sluice.internal.provider.local;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The one model of this JVM, loaded at first use. Thread-safe. */
final class LocalModel {
  /** A call computes on one core; more of them at once only cost memory. */
  private static final Semaphore CORES = new Semaphore(Runtime.getRuntime().availableProcessors());

  private static @Nullable EmbeddingModel loaded;

  private LocalModel() {}

  /**
   * @param vector of length one
   * @param tokens as the model's own tokenizer counts them
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, and handed on to be read once
  record Embedded(float[] vector, long tokens) {}

  /** The text has nothing the model's tokenizer sees: control and zero-width characters only. */
  static final class NoTokensException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoTokensException(Throwable cause) {
      super("the model's tokenizer finds nothing in the text", cause);
    }
  }

  /** The model cannot be loaded on this machine. */
  static final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnavailableException(Throwable cause) {
      super(
          "the model could not be loaded on this machine ("
              + cause
              + "). It needs a 64-bit Linux, macOS or Windows with glibc, and a writable home and"
              + " temporary directory",
          cause);
    }
  }

  /**
   * Embeds a text.
   *
   * @throws InterruptedException where the thread is interrupted while waiting for a core
   * @throws NoTokensException where the text has no token
   * @throws UnavailableException where the model cannot be loaded
   */
  static Embedded embed(String text) throws InterruptedException {
    EmbeddingModel model = model();
    CORES.acquire();
    try {
      Response<Embedding> response = model.embed(text);
      TokenUsage usage = response.tokenUsage();
      Integer tokens = usage == null ? null : usage.inputTokenCount();
      return new Embedded(response.content().vector(), tokens == null ? 0 : tokens);
    } catch (IndexOutOfBoundsException e) {
      // The library averages over the parts of a text, and a text without a token has no part.
      throw new NoTokensException(e);
    } finally {
      CORES.release();
    }
  }

  private static synchronized EmbeddingModel model() {
    EmbeddingModel model = loaded;
    if (model == null) {
      model = load();
      loaded = model;
    }
    return model;
  }

  private static EmbeddingModel load() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    // The library looks for its files with the thread's loader, which a runner may have set
    // to one that does not see them.
    thread.setContextClassLoader(AbstractInProcessEmbeddingModel.class.getClassLoader());
    try {
      return new OneCoreEncoder();
    } catch (RuntimeException | LinkageError e) {
      throw new UnavailableException(e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
