package io.sluice.pipeline.report;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;

import org.junit.jupiter.api.Test;

class SvgTest {
  @Test
  void machineWithoutFonts_getsASentence() {
    String html =
        new Svg()
            .draw(
                "a plot",
                size -> {
                  throw new InternalError("java.lang.reflect.InvocationTargetException");
                });
    assertThat(html, containsString("could not be drawn"));
  }
}
