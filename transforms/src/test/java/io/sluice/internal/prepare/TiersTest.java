package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.Tier;
import org.junit.jupiter.api.Test;

class TiersTest {
  @Test
  void tier_isAddedToABody_andTheStandardOneIsNot() {
    String body = "{\"model\":\"m\"}";
    assertThat(Tiers.in(body, "service_tier", Tier.STANDARD), is(body));
    assertThat(
        Tiers.in(body, "service_tier", Tier.FLEX),
        is("{\"service_tier\":\"flex\",\"model\":\"m\"}"));
    assertThat(
        Tiers.asType(body, "serviceTier", Tier.PRIORITY),
        is("{\"serviceTier\":{\"type\":\"priority\"},\"model\":\"m\"}"));
  }
}
