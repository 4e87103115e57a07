package io.sluice.internal.http;

import com.google.api.client.util.escape.CharEscapers;
import io.sluice.ErrorKind;
import io.sluice.internal.text.Text;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Ids that a server has given, on their way into a path. One that leads out of the place it stands
 * in, {@code ../models/m}, would have something else looked at, or deleted.
 */
public final class GivenIds {
  /** An id in base64 of other ids is some hundreds of characters. */
  private static final int LONGEST = 2000;

  private static final int SHOWN = 100;

  private GivenIds() {}

  /** Whether a text can be an id, which may have slashes in it, as an ARN has. */
  public static boolean isOne(String id) {
    return !id.isEmpty()
        && id.length() <= LONGEST
        && id.equals(Text.whole(id))
        && id.equals(id.strip())
        && id.chars().noneMatch(c -> Character.isISOControl(c) || c == '\\')
        && Arrays.stream(id.split("/", -1)).noneMatch(GivenIds::isNoStep);
  }

  private static boolean isNoStep(String step) {
    return step.isEmpty() || step.equals(".") || step.equals("..");
  }

  /**
   * The id as it stands in a path.
   *
   * @throws CallFailedException where it cannot be one; nothing is asked then
   */
  public static String inPath(String id) throws CallFailedException {
    if (!isOne(id)) {
      throw new CallFailedException(
          new Reply.Failed(
              ErrorKind.BAD_REQUEST,
              Reply.Scope.ROW,
              false,
              "The provider named \""
                  + Text.shown(id, SHOWN)
                  + "\", which can be no id of a batch or a file: nothing is asked by it",
              // As any server would say of it.
              404,
              null,
              null,
              Reply.Billing.NOT_BILLED,
              null,
              null,
              RateHeaders.NONE));
    }
    return Arrays.stream(id.split("/", -1))
        .map(CharEscapers::escapeUriPath)
        .collect(Collectors.joining("/"));
  }
}
