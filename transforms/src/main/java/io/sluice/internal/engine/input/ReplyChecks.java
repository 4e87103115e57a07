package io.sluice.internal.engine.input;

import io.sluice.internal.engine.Job;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.judge.VectorLength;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an answer is held against that came before it. Thread-safe; one an engine. */
public final class ReplyChecks {
  private final CutInput inputs;
  private final @Nullable VectorLength lengths;

  private ReplyChecks(CutInput inputs, @Nullable VectorLength lengths) {
    this.inputs = inputs;
    this.lengths = lengths;
  }

  /** Of the answers to a job. */
  public static ReplyChecks of(Job job) {
    return new ReplyChecks(CutInput.of(job.task()), job.judges().get(0).lengths());
  }

  /**
   * A reply, or the failure that it is.
   *
   * @param counted tokens of its request, before it was sent; 0 where that is not known
   * @param isFirst whether the request was never sent before
   */
  public Reply checked(Reply reply, long counted, boolean isFirst) {
    return checked(List.of(inputs.checked(reply, counted, isFirst))).get(0);
  }

  /** The replies to texts that share a call: of them nobody knows which was cut. */
  public List<Reply> checked(List<Reply> replies) {
    if (lengths == null) {
      return replies;
    }
    List<String> vectors = new ArrayList<>();
    for (Reply reply : replies) {
      if (reply instanceof Reply.Answered answered) {
        vectors.add(answered.raw());
      }
    }
    lengths.learn(vectors);
    return replies.stream().map(reply -> ofUsualLength(reply, lengths)).toList();
  }

  private static Reply ofUsualLength(Reply reply, VectorLength lengths) {
    if (reply instanceof Reply.Answered answered) {
      String problem = lengths.problem(answered.raw());
      if (!problem.isEmpty()) {
        return NoAnswer.unreadable(problem, answered.usage(), answered.headers());
      }
    }
    return reply;
  }
}
