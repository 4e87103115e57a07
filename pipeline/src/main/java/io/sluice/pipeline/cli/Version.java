package io.sluice.pipeline.cli;

import org.apache.beam.sdk.util.ReleaseInfo;

/** Which Sluice this is, and on what it runs. */
final class Version {
  private Version() {}

  static String line() {
    String own = Version.class.getPackage().getImplementationVersion();
    return "sluice "
        + (own == null ? "of this source tree" : own)
        + ", Beam "
        + ReleaseInfo.getReleaseInfo().getVersion()
        + ", Java "
        + Runtime.version().feature();
  }
}
