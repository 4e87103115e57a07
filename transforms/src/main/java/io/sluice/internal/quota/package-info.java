@NullMarked
package io.sluice.internal.quota;

import org.jspecify.annotations.NullMarked;
