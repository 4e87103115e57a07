@NullMarked
package io.sluice.internal.cascade.prospect;

import org.jspecify.annotations.NullMarked;
