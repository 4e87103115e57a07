package io.sluice;

import java.io.Serializable;

/**
 * What is asked for at a provider that has several of a kind.
 *
 * @param api which of its interfaces is spoken, such as {@code responses} of {@code openai}; empty
 *     for the usual one
 * @param tier what calls in real time are sold as; batches have none
 * @param fallsBack whether a call that finds no room in its tier is made in the standard one
 */
public record Service(String api, Tier tier, boolean fallsBack) implements Serializable {
  /** The usual interface, in the standard tier. */
  public static final Service USUAL = new Service("", Tier.STANDARD, false);

  public Service withApi(String value) {
    return new Service(value, tier, fallsBack);
  }

  public Service withTier(Tier value, boolean fallback) {
    return new Service(api, value, fallback);
  }
}
