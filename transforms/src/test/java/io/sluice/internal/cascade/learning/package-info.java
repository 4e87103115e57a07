@NullMarked
package io.sluice.internal.cascade.learning;

import org.jspecify.annotations.NullMarked;
