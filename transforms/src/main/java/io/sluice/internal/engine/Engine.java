package io.sluice.internal.engine;

import io.sluice.cost.Price;
import io.sluice.internal.quota.QuotaState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes rows, asks the model about each distinct request, and hands back each row's end. What it
 * has begun outlives bundles.
 *
 * <p>A row is handed back only after the answer it rests on is in the ledger; a request that is on
 * its way or answered is not sent again for another row. Thread-safe, but {@link #submit} and
 * {@link #takeFinished} are meant for one caller at a time.
 */
public interface Engine extends AutoCloseable {
  /**
   * Takes rows. What the ledger holds, and what can never be sent, is finished at once; anything
   * else is finished later. Never blocks on the network.
   */
  void submit(List<PreparedDocument> rows);

  /**
   * Counts a row that ended by its plan, and not here.
   *
   * @param row as it asked last; as it came where it asked nothing
   */
  default void count(PreparedDocument row, Finished end) {}

  /** No more rows will come: nothing needs to be waited for before what is here is sent. */
  void inputEnded();

  /** Adds what waits here to what waits in this JVM. */
  void addTo(Held held);

  /** The memory that waiting rows take, about. */
  long heldBytes();

  /** Adds up how the accounts' limits were used since the last look. */
  void addTo(Utilisation utilisation);

  /**
   * Hands back rows that have finished, at once if there are any.
   *
   * @param maxWaitNanos how long to wait for the first; 0 does not wait
   * @return possibly empty
   */
  List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException;

  /**
   * Forgets every row, as after a restore; what is at work ends, and its answers are kept. What
   * another worker was answered meanwhile is known from here on.
   */
  void forgetRows();

  /** The limiters' states by account, for Beam's state. */
  Map<String, QuotaState> quotaStates();

  /** Stops sending; what is in flight goes on. */
  void stop();

  /**
   * Waits until no call is in flight.
   *
   * @return how many still were when the time was over
   */
  int awaitLanded(Duration atMost) throws InterruptedException;

  /** How far it is. */
  EngineCounts snapshot();

  /** The price that calls are settled at; null where it is unknown. */
  @Nullable Price price();

  /** Stops for good. Does not wait for calls in flight. */
  @Override
  void close();
}
