package io.sluice.internal.store;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.sameInstance;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StoreThreadsTest {
  @Test
  void whatWasDone_isReturned() throws IOException {
    assertThat(StoreThreads.await(CompletableFuture.completedFuture("done")), is("done"));
  }

  @Test
  void aFailureOfTheStore_isThrownAsItIs() {
    IOException failure = new IOException("no room");

    IOException thrown =
        assertThrows(
            IOException.class, () -> StoreThreads.await(CompletableFuture.failedFuture(failure)));

    assertThat(thrown, is(sameInstance(failure)));
  }

  @Test
  void anyOtherFailure_isItsCause() {
    RuntimeException failure = new IllegalStateException("broken");

    IOException thrown =
        assertThrows(
            IOException.class, () -> StoreThreads.await(CompletableFuture.failedFuture(failure)));

    assertThat(thrown.getCause(), is(sameInstance(failure)));
  }

  @Test
  void anInterruption_isToldAndKept() {
    Thread.currentThread().interrupt();

    assertThrows(
        InterruptedIOException.class, () -> StoreThreads.await(new CompletableFuture<String>()));

    assertThat(Thread.interrupted(), is(true));
  }
}
