@NullMarked
package io.sluice.internal.cascade;

import org.jspecify.annotations.NullMarked;
