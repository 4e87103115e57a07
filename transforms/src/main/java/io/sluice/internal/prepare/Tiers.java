package io.sluice.internal.prepare;

import io.sluice.Tier;

/** How a tier is written into a request that was prepared without one. */
public final class Tiers {
  private Tiers() {}

  /**
   * A body that asks for a tier. Which tier a question is asked in is no part of what is asked, so
   * that answers paid for stay good when it changes: it is added as the call is made.
   *
   * @param body a JSON object with one field or more
   * @param field the provider's name for it
   * @return the body as it is for the standard tier
   */
  public static String in(String body, String field, Tier tier) {
    return with(body, field, tier, "\"" + tier.word() + "\"");
  }

  /** As above, where the tier is the {@code type} of an object (Bedrock). */
  public static String asType(String body, String field, Tier tier) {
    return with(body, field, tier, "{\"type\":\"" + tier.word() + "\"}");
  }

  private static String with(String body, String field, Tier tier, String value) {
    return tier == Tier.STANDARD
        ? body
        : "{\"" + field + "\":" + value + "," + body.strip().substring(1);
  }
}
