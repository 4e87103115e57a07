package io.sluice.prepare;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts tokens as OpenAI does. For models whose encoding is not public the count of o200k_base
 * stands in, and {@link #exact} says so. Thread-safe.
 *
 * <p>The table of models is our own, because the library maps gpt-4.1 wrongly and does not know
 * later ones.
 */
public final class TokenCounter {
  private static final EncodingRegistry REGISTRY = Encodings.newLazyEncodingRegistry();

  /** Longer texts are counted in pieces: a run without spaces takes quadratic time otherwise. */
  private static final int PIECE_CHARS = 8_000;

  /** Documented for chat formats: per message, and once to prime the reply. */
  private static final int PER_MESSAGE = 3;

  private static final int REPLY = 3;

  private record Family(String prefix, EncodingType encoding) {}

  /** Longest prefixes first. */
  private static final List<Family> FAMILIES =
      List.of(
          new Family("text-embedding-", EncodingType.CL100K_BASE),
          new Family("chatgpt-4o", EncodingType.O200K_BASE),
          new Family("gpt-35-turbo", EncodingType.CL100K_BASE),
          new Family("gpt-3.5", EncodingType.CL100K_BASE),
          new Family("gpt-4.1", EncodingType.O200K_BASE),
          new Family("gpt-4.5", EncodingType.O200K_BASE),
          new Family("gpt-4o", EncodingType.O200K_BASE),
          new Family("gpt-4", EncodingType.CL100K_BASE),
          new Family("gpt-5", EncodingType.O200K_BASE),
          new Family("o1", EncodingType.O200K_BASE),
          new Family("o3", EncodingType.O200K_BASE),
          new Family("o4", EncodingType.O200K_BASE));

  private final Encoding encoding;
  private final boolean exact;

  private TokenCounter(EncodingType type, boolean exact) {
    this.encoding = REGISTRY.getEncoding(type);
    this.exact = exact;
  }

  public static TokenCounter forModel(String model) {
    for (Family family : FAMILIES) {
      if (model.startsWith(family.prefix)) {
        return new TokenCounter(family.encoding, true);
      }
    }
    return new TokenCounter(EncodingType.O200K_BASE, false);
  }

  /** Whether counts are the provider's own, chat overhead aside. */
  public boolean exact() {
    return exact;
  }

  /** Tokens of a text; special tokens in it count as plain text. */
  public long count(String text) {
    if (text.length() <= PIECE_CHARS) {
      return encoding.countTokensOrdinary(text);
    }
    long tokens = 0;
    for (int from = 0; from < text.length(); ) {
      int to = pieceEnd(text, from);
      tokens += encoding.countTokensOrdinary(text.substring(from, to));
      from = to;
    }
    return tokens;
  }

  /** Cuts before a space where there is one, as encodings do, and never inside a surrogate pair. */
  private static int pieceEnd(String text, int from) {
    int end = Math.min(text.length(), from + PIECE_CHARS);
    if (end == text.length()) {
      return end;
    }
    for (int at = end; at > from + PIECE_CHARS / 2; at--) {
      if (text.charAt(at) == ' ' && text.charAt(at - 1) != ' ') {
        return at;
      }
    }
    return Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
  }

  /** Tokens of a chat request with at most one system message. */
  public long chat(@Nullable String system, String user) {
    long tokens = REPLY + PER_MESSAGE + count("user") + count(user);
    return system == null ? tokens : tokens + PER_MESSAGE + count("system") + count(system);
  }
}
