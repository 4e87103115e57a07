package io.sluice.internal.stage;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.util.HexFormat;
import org.apache.beam.sdk.coders.CoderException;
import org.apache.beam.sdk.testing.CoderProperties;
import org.apache.beam.sdk.util.CoderUtils;
import org.junit.jupiter.api.Test;

class EngineMarkTest {
  private static final EngineMark MARK = new EngineMark("a-session", 300, 1L << 40, 7);

  @Test
  void itIsReadAsItWasWritten() throws Exception {
    CoderProperties.coderDecodeEncodeEqual(new EngineMark.MarkCoder(), MARK);
    CoderProperties.coderSerializable(new EngineMark.MarkCoder());
  }

  /** A snapshot that an earlier version has taken is gone on from. */
  @Test
  void itsBytesStayAsTheyAre() throws CoderException {
    byte[] bytes = CoderUtils.encodeToByteArray(new EngineMark.MarkCoder(), MARK);
    assertThat(
        HexFormat.of().formatHex(bytes),
        is("09612d73657373696f6e" + "ac02" + "808080808020" + "07"));
  }
}
