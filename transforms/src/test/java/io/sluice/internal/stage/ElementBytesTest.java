package io.sluice.internal.stage;

import static io.sluice.internal.stage.StageRig.row;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.internal.engine.PreparedDocument;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ElementBytesTest {
  @Test
  void whatWasWrittenIsRead_inItsOrder() {
    List<PreparedDocument> rows = List.of(row(3), row(1), row(2));
    byte[] bytes = ElementBytes.write(PreparedDocumentCoder.of(), rows);
    assertThat(ElementBytes.read(PreparedDocumentCoder.of(), bytes), is(rows));
  }

  @Test
  void nothingIsNothing() {
    byte[] bytes = ElementBytes.write(RowIdCoder.of(), List.of());
    assertThat(ElementBytes.read(RowIdCoder.of(), bytes), is(List.of()));
  }

  @Test
  void arowsIdTakesSixteenBytes() {
    List<RowId> ids = List.of(RowId.of(row(1)), RowId.of(row(1 << 30)));
    byte[] bytes = ElementBytes.write(RowIdCoder.of(), ids);
    assertThat(bytes.length, is(4 + 2 * 16));
    assertThat(ElementBytes.read(RowIdCoder.of(), bytes), is(ids));
  }

  @Test
  void bytesThatAreCut_areSaidSo() {
    byte[] bytes = ElementBytes.write(PreparedDocumentCoder.of(), List.of(row(1)));
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () -> ElementBytes.read(PreparedDocumentCoder.of(), Arrays.copyOf(bytes, 20)));
    assertThat(thrown.getMessage(), containsString("Read 20 bytes of state"));
  }
}
