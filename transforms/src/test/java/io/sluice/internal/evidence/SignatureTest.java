package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SignatureTest {
  private static boolean alike(String one, String other) {
    return Signature.of(400, "x", one).alike(Signature.of(400, "x", other));
  }

  @Test
  void whatDiffersFromCallToCall_isTakenOut() {
    assertThat(
        alike(
            "Incorrect API key provided: sk-abc123. You can find it at https://x.test/keys.",
            "Incorrect API key provided: sk-zzz999. You can find it at https://y.test/keys."),
        is(true));
    assertThat(
        alike(
            "Request 7f3a-22 for 'gpt-x' failed after 1,234 ms (limit 500)",
            "Request 9911-b0 for \"claude, the other\" failed after 7 ms (limit 12)"),
        is(true));
    assertThat(
        alike("<html><body id=3>Sign in</body></html>", "<html><body id=9>Sign in</body></html>"),
        is(true));
    assertThat(alike("can't be read", "can't be read"), is(true));
  }

  @Test
  void otherReasons_areNotAlike() {
    assertThat(alike("stream must be true", "the image could not be read"), is(false));
    assertThat(Signature.of(400, "a", "no").alike(Signature.of(404, "a", "no")), is(false));
    assertThat(Signature.of(400, "a", "no").alike(Signature.of(400, "b", "no")), is(false));
    assertThat(
        "no words at all",
        Signature.of(null, null, null).alike(Signature.of(null, "", "12 34")),
        is(true));
  }

  @Test
  void noise_neverThrows_andIsShort() {
    for (int seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(400); i > 0; i--) {
        text.append(
            (char)
                (random.nextInt(3) == 0
                    ? "\"'`“” 7a".charAt(random.nextInt(8))
                    : random.nextInt(0x800)));
      }
      Signature signature = Signature.of(random.nextInt(600), text.toString(), text.toString());
      assertThat(
          "seed " + seed, signature.words().size(), is(lessThanOrEqualTo(Signature.MOST_WORDS)));
      assertThat("seed " + seed, signature.alike(signature), is(true));
    }
    Signature.of(400, "", "\"".repeat(1_000_000));
    Signature.of(400, "", "a".repeat(1_000_000));
  }
}
