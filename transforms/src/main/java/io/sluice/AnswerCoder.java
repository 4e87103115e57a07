package io.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.NullableCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.coders.VarLongCoder;
import org.jspecify.annotations.Nullable;

/** The coder of {@link Answer}. */
public final class AnswerCoder extends AtomicCoder<Answer> {
  private static final long serialVersionUID = 1L;
  private static final StringUtf8Coder TEXT = StringUtf8Coder.of();
  private static final NullableCoder<String> OPTIONAL = NullableCoder.of(StringUtf8Coder.of());

  /** Added to what is written last where more follows: bytes of earlier versions have less. */
  private static final int REPAIRED = 16;

  private static final int SERVED_OTHERWISE = 32;
  private static final int FELL_BACK = 64;
  private static final int IN_PARTS = 128;
  private static final int CASCADED = 256;

  private static final VarLongCoder LONG = VarLongCoder.of();

  public static AnswerCoder of() {
    return new AnswerCoder();
  }

  @Override
  public void encode(Answer value, OutputStream out) throws IOException {
    DocumentCoder.of().encode(value.document(), out);
    TEXT.encode(value.outputJson(), out);
    TEXT.encode(value.model(), out);
    TEXT.encode(value.finishReason(), out);
    LONG.encode(value.usage().inputTokens(), out);
    LONG.encode(value.usage().cachedInputTokens(), out);
    LONG.encode(value.usage().outputTokens(), out);
    LONG.encode(value.usage().cacheWriteTokens(), out);
    BigDecimal cost = value.costUsd();
    OPTIONAL.encode(cost == null ? null : cost.toPlainString(), out);
    VarIntCoder.of().encode(value.attempts(), out);
    LONG.encode(value.latencyMs(), out);
    String repaired = value.repaired();
    String parts = value.partsJson();
    long kept = value.usage().longCacheWriteTokens();
    Tier tier = value.usage().tier();
    boolean otherwise = kept != 0 || tier != null;
    Answer.Cascaded cascaded = value.cascaded();
    VarIntCoder.of()
        .encode(
            value.servedBy().ordinal()
                + (repaired == null ? 0 : REPAIRED)
                + (otherwise ? SERVED_OTHERWISE : 0)
                + (value.fallback() == 0 ? 0 : FELL_BACK)
                + (parts == null ? 0 : IN_PARTS)
                + (cascaded == null ? 0 : CASCADED),
            out);
    if (repaired != null) {
      TEXT.encode(repaired, out);
    }
    if (otherwise) {
      LONG.encode(kept, out);
      OPTIONAL.encode(tier == null ? null : tier.word(), out);
    }
    if (value.fallback() != 0) {
      OPTIONAL.encode(value.provider(), out);
      VarIntCoder.of().encode(value.fallback(), out);
    }
    if (parts != null) {
      TEXT.encode(parts, out);
    }
    if (cascaded != null) {
      TEXT.encode(cascaded.version(), out);
      LONG.encode(Double.doubleToLongBits(cascaded.probability()), out);
      TEXT.encode(cascaded.outputJson(), out);
    }
  }

  @Override
  public Answer decode(InputStream in) throws IOException {
    Document document = DocumentCoder.of().decode(in);
    String output = TEXT.decode(in);
    String model = TEXT.decode(in);
    String finishReason = TEXT.decode(in);
    long input = LONG.decode(in);
    long cached = LONG.decode(in);
    long outputTokens = LONG.decode(in);
    long written = LONG.decode(in);
    @Nullable String cost = OPTIONAL.decode(in);
    int attempts = VarIntCoder.of().decode(in);
    long latencyMs = LONG.decode(in);
    int servedBy = VarIntCoder.of().decode(in);
    String repaired = (servedBy & REPAIRED) == 0 ? null : TEXT.decode(in);
    boolean otherwise = (servedBy & SERVED_OTHERWISE) != 0;
    Usage usage =
        new Usage(
            input,
            cached,
            outputTokens,
            written,
            otherwise ? LONG.decode(in) : 0,
            otherwise ? Tier.ofWord(OPTIONAL.decode(in)) : null);
    boolean fellBack = (servedBy & FELL_BACK) != 0;
    return new Answer(
        document,
        output,
        model,
        finishReason,
        usage,
        cost == null ? null : new BigDecimal(cost),
        attempts,
        latencyMs,
        Answer.ServedBy.values()[servedBy % REPAIRED],
        repaired,
        fellBack ? OPTIONAL.decode(in) : null,
        fellBack ? VarIntCoder.of().decode(in) : 0,
        (servedBy & IN_PARTS) == 0 ? null : TEXT.decode(in),
        (servedBy & CASCADED) == 0
            ? null
            : new Answer.Cascaded(
                TEXT.decode(in), Double.longBitsToDouble(LONG.decode(in)), TEXT.decode(in)));
  }
}
