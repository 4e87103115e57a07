package io.sluice.cost;

import java.math.BigDecimal;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Whatever threads do, and in whatever order: a budget is what it is for one after the other. */
@Param(name = "usd", gen = IntGen.class, conf = "1:4")
public class BudgetLincheckTest {
  private final Budget budget = new Budget(BigDecimal.TEN, BigDecimal.ONE);

  @Operation
  public boolean reserve(@Param(name = "usd") int usd) {
    return budget.tryReserve(BigDecimal.valueOf(usd)).isPresent();
  }

  @Operation
  public void adopt(@Param(name = "usd") int usd) {
    budget.adopt(BigDecimal.valueOf(usd));
  }

  @Operation
  public String books() {
    return budget.totals().toString();
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
