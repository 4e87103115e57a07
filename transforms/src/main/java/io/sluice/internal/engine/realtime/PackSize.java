package io.sluice.internal.engine.realtime;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many requests a server takes in one call, as far as it has shown: once it is learnt, no call
 * of the lane carries more. A server says so ("should not be larger than 10"), or shows it: a call
 * that was refused for one of its requests is halved until that one is alone, but where every part
 * of it passes, none of them was to blame, and their size is what the server takes. Guarded by the
 * engine's lock.
 *
 * @param <K> the type of requests, told apart by identity
 */
final class PackSize<K> {
  /** A call that was refused and halved. */
  private static final class Refused {
    /** Its requests that have not passed. */
    int left;

    int largestPart;
    boolean isBlamed;
  }

  private final Map<K, Refused> refused = new IdentityHashMap<>();
  private int most;
  private boolean isTried;

  /**
   * @param most what the provider takes, as far as it is known; 1 or more
   */
  PackSize(int most) {
    this.most = most;
    this.isTried = most == 1;
  }

  /** How many the next call carries at most; 1 or more. */
  int most() {
    return most;
  }

  /** Whether the server has taken a call, or said what it takes; until then one tries for all. */
  boolean isTried() {
    return isTried;
  }

  /**
   * A call was refused as a whole and is halved.
   *
   * @param said how many the server says that it takes; 0 where it says nothing
   */
  void refused(List<K> requests, int said) {
    blame(requests);
    if (said > 0) {
      most = Math.max(1, Math.min(most, said));
      isTried = true;
      return;
    }
    Refused call = new Refused();
    call.left = requests.size();
    requests.forEach(request -> refused.put(request, call));
  }

  /** A call passed: the server took so many. */
  void passed(List<K> requests) {
    isTried = true;
    if (refused.isEmpty()) {
      return;
    }
    List<Refused> whole = new ArrayList<>();
    for (K request : requests) {
      Refused call = refused.remove(request);
      if (call != null) {
        call.left--;
        call.largestPart = Math.max(call.largestPart, requests.size());
        if (call.left == 0 && !call.isBlamed) {
          whole.add(call);
        }
      }
    }
    whole.forEach(call -> most = Math.max(1, Math.min(most, call.largestPart)));
  }

  /**
   * Some of them failed for themselves, or were halved again: their call tells nothing of sizes.
   */
  void blame(List<K> requests) {
    for (K request : requests) {
      Refused call = refused.remove(request);
      if (call != null) {
        call.isBlamed = true;
      }
    }
  }
}
