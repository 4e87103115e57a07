/** What a provider's package gives to the simulator. */
@NullMarked
package io.sluice.simulate.provider;

import org.jspecify.annotations.NullMarked;
