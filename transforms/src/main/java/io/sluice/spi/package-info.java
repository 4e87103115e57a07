@NullMarked
package io.sluice.spi;

import org.jspecify.annotations.NullMarked;
