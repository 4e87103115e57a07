package io.sluice.internal.stage;

import io.sluice.internal.quota.QuotaState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;

/** The coder of the limiters' states by account. */
final class QuotaStatesCoder extends AtomicCoder<HashMap<String, QuotaState>> {
  private static final long serialVersionUID = 1L;

  @Override
  public void encode(HashMap<String, QuotaState> value, OutputStream out) throws IOException {
    VarIntCoder.of().encode(value.size(), out);
    for (Map.Entry<String, QuotaState> entry : value.entrySet()) {
      StringUtf8Coder.of().encode(entry.getKey(), out);
      ByteArrayCoder.of().encode(entry.getValue().encode(), out);
    }
  }

  @Override
  public HashMap<String, QuotaState> decode(InputStream in) throws IOException {
    int size = VarIntCoder.of().decode(in);
    HashMap<String, QuotaState> states = new HashMap<>();
    for (int i = 0; i < size; i++) {
      String account = StringUtf8Coder.of().decode(in);
      states.put(account, QuotaState.decode(ByteArrayCoder.of().decode(in)));
    }
    return states;
  }
}
