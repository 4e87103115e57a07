@NullMarked
package io.sluice.internal.provider.parrot;

import org.jspecify.annotations.NullMarked;
