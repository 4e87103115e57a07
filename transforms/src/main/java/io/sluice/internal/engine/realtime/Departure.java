package io.sluice.internal.engine.realtime;

import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.evidence.Departed;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.spi.Request;
import java.util.List;

/**
 * One call that has been charged to its account and may be sent: a single request, or several that
 * the provider answers in one call.
 *
 * @param call what the account's evidence knows it by: the first of its requests stands for all
 * @param holds what is held of the budget, one for each flight
 */
record Departure(
    Lane lane,
    List<Flight> flights,
    QuotaLimiter.Charge charge,
    Departed<Flight> call,
    List<Spending.Hold> holds) {

  List<Request> requests() {
    return flights.stream().map(flight -> flight.request).toList();
  }

  /** The only one, as it is sent. */
  Request request() {
    return lane.prefixes.sent(flights.get(0));
  }

  boolean isPacked() {
    return flights.size() > 1;
  }
}
