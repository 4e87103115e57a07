package io.sluice.internal.cascade;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.learning.SmallModel;
import io.sluice.internal.cascade.learning.SmallModel.Example;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class VersionTest {
  @Test
  void aVersionIsKept_andAnotherVersionsIsPassedOver() {
    SmallModel model =
        SmallModel.fit(List.of(new Example("fp", Features.of(new float[] {1}, "a b a"), 1)), 3);
    Curve curve = new Curve(List.of(new Curve.Point(0.75f, 10, 5, 1)));
    Version version =
        Version.of(
            2,
            List.of("\"a\"", "\"b\"", "\"c\""),
            model,
            new Terms.Pool(100, 50, 25),
            List.of(curve),
            List.of("0123456789abcdef"));
    Version again = Objects.requireNonNull(Version.decode(version.encode()));
    assertThat(again.name(), is(version.name()));
    assertThat(again.curves(), is(version.curves()));
    assertThat(again.pool(), is(version.pool()));
    assertThat(again.examples(), is(List.of("01234567")));
    assertThat(again.model().encode(), is(model.encode()));
    assertThat(
        Version.decode("{\"epoch\":1,\"outputs\":[\"a\"],\"weights\":\"!\"}"), is(nullValue()));
    assertThat(Version.decode("nothing"), is(nullValue()));
  }

  @Test
  void drawsAreEven_andDoNotDependOnEachOther() {
    int both = 0;
    int one = 0;
    for (int i = 0; i < 20_000; i++) {
      boolean audited = Draw.of("audit", "fp" + i) < 0.1;
      one += audited ? 1 : 0;
      both += audited && Draw.of("sample-1", "fp" + i) < 0.1 ? 1 : 0;
    }
    assertThat(one / 20_000.0, is(closeTo(0.1, 0.01)));
    assertThat(both / 20_000.0, is(closeTo(0.01, 0.003)));
  }
}
