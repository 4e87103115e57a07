package io.sluice.internal.engine.input;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.spi.Reply;
import java.util.List;

/** What an answer is held against that came before it. Thread-safe; one an engine. */
public final class ReplyChecks {
  private final CutInput inputs;
  private final VectorLength vectors = new VectorLength();
  private final boolean embeds;

  private ReplyChecks(CutInput inputs, boolean embeds) {
    this.inputs = inputs;
    this.embeds = embeds;
  }

  /** Of the answers to a task. */
  public static ReplyChecks of(ModelTask task) {
    return new ReplyChecks(CutInput.of(task), task.operation() == Operation.EMBED);
  }

  /**
   * A reply, or the failure that it is.
   *
   * @param counted tokens of its request, before it was sent; 0 where that is not known
   * @param isFirst whether the request was never sent before
   */
  public Reply checked(Reply reply, long counted, boolean isFirst) {
    Reply whole = inputs.checked(reply, counted, isFirst);
    return embeds ? vectors.checked(List.of(whole)).get(0) : whole;
  }

  /** The replies to texts that share a call: of them nobody knows which was cut. */
  public List<Reply> checked(List<Reply> replies) {
    return embeds ? vectors.checked(replies) : replies;
  }
}
