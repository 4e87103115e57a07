package io.sluice.internal.engine;

import io.sluice.Answer.ServedBy;
import io.sluice.internal.judge.Verdict;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rows that wait for an answer, by the request that they wait for, and those that have had
 * theirs and wait to be handed back. Guarded by the engine's lock.
 */
public final class WaitingRows {
  /** Permanent failures of this run: an identical row fails alike without being asked. */
  private final BoundedMap<String, Reply.Failed> refused = new BoundedMap<>(10_000);

  private final Map<String, Flight> flights = new HashMap<>();
  private final ArrayDeque<Finished> finished = new ArrayDeque<>();
  private final EngineCounts counts;
  private int rows;
  private long bytes;

  /**
   * @param counts told of every row that ends
   */
  public WaitingRows(EngineCounts counts) {
    this.counts = counts;
  }

  /** Whether a row's request is on its way, or was refused in this run: then that is its end. */
  public boolean joins(PreparedDocument row) {
    Flight flight = flights.get(row.request().fingerprint());
    if (flight != null) {
      join(flight, row);
      return true;
    }
    Reply.Failed known = refused.get(row.request().fingerprint());
    if (known != null) {
      finish(Endings.dead(row, known, 0));
      return true;
    }
    return false;
  }

  /** A row whose request is to be asked. */
  public Flight begin(PreparedDocument row) {
    Flight flight = new Flight(row.request());
    flights.put(row.request().fingerprint(), flight);
    join(flight, row);
    return flight;
  }

  private void join(Flight flight, PreparedDocument row) {
    flight.rows.add(row);
    rows++;
    bytes += row.heldBytes();
  }

  /** A row's end. */
  public void finish(Finished row) {
    if (row instanceof Finished.Answered) {
      counts.answered++;
    } else {
      counts.dead++;
    }
    finished.add(row);
  }

  /** The end of every row that waits for a request. */
  public void land(Flight flight, Function<PreparedDocument, Finished> end) {
    flights.remove(flight.request.fingerprint());
    rows -= flight.rows.size();
    for (PreparedDocument row : flight.rows) {
      bytes -= row.heldBytes();
      finish(end.apply(row));
    }
  }

  /**
   * A request's answer: its first row has the cost, the others share it.
   *
   * @param paid how the row that has the cost was served
   */
  public void answer(
      Flight flight,
      Reply.Answered answered,
      Verdict.Fits fits,
      @Nullable BigDecimal cost,
      long latencyMs,
      ServedBy paid) {
    PreparedDocument payer = flight.rows.isEmpty() ? null : flight.rows.get(0);
    land(
        flight,
        row ->
            Endings.answered(
                row,
                answered,
                fits,
                row == payer ? cost : Endings.shared(cost),
                flight.sent,
                latencyMs,
                row == payer ? paid : ServedBy.LEDGER));
  }

  /** A request that has failed for good. */
  public void refuse(Flight flight, Reply.Failed failed) {
    counts.failed++;
    refused.put(flight.request.fingerprint(), failed);
    land(flight, row -> Endings.dead(row, failed, flight.sent));
  }

  /** Gives up the rows that wait for a request, which are to be asked elsewhere. */
  public List<PreparedDocument> giveUp(Flight flight) {
    flights.remove(flight.request.fingerprint());
    rows -= flight.rows.size();
    flight.rows.forEach(row -> bytes -= row.heldBytes());
    return flight.rows;
  }

  public boolean hasFinished() {
    return !finished.isEmpty();
  }

  public List<Finished> takeFinished() {
    List<Finished> taken = new ArrayList<>(finished);
    finished.clear();
    return taken;
  }

  /** Forgets every row; requests in flight stay known, so that they are not asked again. */
  public void forget(List<Flight> unsent) {
    finished.clear();
    rows = 0;
    bytes = 0;
    unsent.forEach(flight -> flights.remove(flight.request.fingerprint()));
    flights.values().forEach(flight -> flight.rows.clear());
  }

  public int rows() {
    return rows;
  }

  /** The memory that they take, about. */
  public long bytes() {
    return bytes;
  }
}
