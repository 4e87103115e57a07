@NullMarked
package io.sluice.cost;

import org.jspecify.annotations.NullMarked;
