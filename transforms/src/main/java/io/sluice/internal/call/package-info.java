@NullMarked
package io.sluice.internal.call;

import org.jspecify.annotations.NullMarked;
