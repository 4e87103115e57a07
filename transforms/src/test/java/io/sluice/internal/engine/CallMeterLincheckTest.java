package io.sluice.internal.engine;

import io.sluice.Usage;
import java.math.BigDecimal;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** No call is counted twice or not at all, whenever a callback takes the sums. */
@Param(name = "number", gen = IntGen.class, conf = "1:9")
public class CallMeterLincheckTest {
  private final CallMeter meter = new CallMeter();

  @Operation
  public void sent() {
    meter.sent();
  }

  @Operation
  public void rateLimited() {
    meter.rateLimited();
  }

  @Operation
  public void ended(@Param(name = "number") int number) {
    // A third of a millionth, of which the rest is kept.
    meter.ended(new Usage(number, 1, 2), new BigDecimal("0.0000003"));
  }

  @Operation
  public String take() {
    return meter.take().toString();
  }

  @Test
  void itIsLinearizable() {
    new ModelCheckingOptions()
        .iterations(10)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsPerThread(3)
        .check(getClass());
  }
}
