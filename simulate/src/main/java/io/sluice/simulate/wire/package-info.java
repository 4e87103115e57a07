/** What the wires of all providers share: accounts, quota, faults, answers. */
@NullMarked
package io.sluice.simulate.wire;

import org.jspecify.annotations.NullMarked;
